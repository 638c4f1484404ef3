-- A trigram index finds a word in the middle of search_text. Where the extension is not installed, or this user may not
-- create it, a search reads the whole table: slower, with the same results.
DO $$
BEGIN
    BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
    EXCEPTION WHEN OTHERS THEN
        RETURN;
    END;
    CREATE INDEX IF NOT EXISTS billing_invoice_words ON billing_invoice USING gin (search_text gin_trgm_ops);
END
$$;
