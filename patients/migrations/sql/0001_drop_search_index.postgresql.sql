-- The extension stays: others may use it.
DROP INDEX IF EXISTS patients_patient_words;
