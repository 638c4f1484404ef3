DROP TRIGGER books_booksclosing_insert;

DROP TRIGGER books_booksclosing_update;

DROP TRIGGER books_booksclosing_delete;

DROP TRIGGER books_creditnote_insert;

DROP TRIGGER books_creditnote_update;

DROP TRIGGER books_creditnote_delete;

DROP TRIGGER books_creditnoteline_insert;

DROP TRIGGER books_creditnoteline_update;

DROP TRIGGER books_creditnoteline_delete;

DROP TRIGGER books_invoice_insert;

DROP TRIGGER books_invoice_update;

DROP TRIGGER books_invoice_delete;

DROP TRIGGER books_invoiceevent_insert;

DROP TRIGGER books_invoiceevent_update;

DROP TRIGGER books_invoiceevent_delete;

DROP TRIGGER books_invoiceitem_insert;

DROP TRIGGER books_invoiceitem_update;

DROP TRIGGER books_invoiceitem_delete;

DROP TRIGGER books_numberseries_insert;

DROP TRIGGER books_numberseries_update;

DROP TRIGGER books_numberseries_delete;

DROP TRIGGER books_payment_insert;

DROP TRIGGER books_payment_update;

DROP TRIGGER books_payment_delete;

DROP TRIGGER books_paymentallocation_insert;

DROP TRIGGER books_paymentallocation_update;

DROP TRIGGER books_paymentallocation_delete;

DROP TRIGGER books_refund_insert;

DROP TRIGGER books_refund_update;

DROP TRIGGER books_refund_delete;

DROP TRIGGER books_writeoff_insert;

DROP TRIGGER books_writeoff_update;

DROP TRIGGER books_writeoff_delete;
