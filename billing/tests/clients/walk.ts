// The walk of the README with the generated client in TypeScript: `node walk.js SITE` prints what it saw, as JSON.
import { Configuration, InvoiceApi, PatientApi, PaymentMethod, ProblemFromJSON, ResponseError, TokenApi } from "./index";

declare const process: { argv: string[] };

async function walk(basePath: string) {
  const { accessToken } = await new TokenApi(new Configuration({ basePath })).createToken({
    grantType: "password",
    clientId: "demo",
    username: "admin",
    password: "demo",
  });
  // the generated client sends the token as it is
  const configuration = new Configuration({ basePath, accessToken: `Bearer ${accessToken}` });
  const invoices = new InvoiceApi(configuration);

  const patient = await new PatientApi(configuration).createPatient({
    patientBody: { givenName: "Ada", familyName: "Newcomer" },
  });
  const patientId = patient.id;
  const items = [{ description: "Physiotherapy, first visit", unitPrice: 199.99 }];
  const draft = await invoices.createInvoice({
    invoiceBody: { patientId, discountPercent: 12.5, discountAmount: 20, items },
  });
  const id = draft.id;
  const issued = await invoices.issueInvoice({ id });
  const payment = await invoices.payInvoice({ id, moneyInBody: { amount: 100, method: PaymentMethod.Cash } });
  const partPaid = await invoices.getInvoice({ id });
  const paid = await invoices.updateInvoice({ id, invoiceBody: { patientId, paidAmount: 154.99 } });
  const refusal = await invoices.updateInvoice({ id, invoiceBody: { patientId, paidAmount: 1 } }).then(
    () => undefined,
    async (error: ResponseError) => ProblemFromJSON(await error.response.json()),
  );
  const events = await invoices.listInvoiceEvents({ id });

  return {
    statuses: [draft, issued, partPaid, paid].map((each) => each.status),
    total: issued.totalAmount,
    paid: payment.amount,
    remaining: partPaid.remainingAmount,
    refused: refusal?.code,
    events: events.data.map((event) => event.kind),
    has_times: issued.issueDate instanceof Date,
  };
}

walk(process.argv[2]).then((seen) => console.log(JSON.stringify(seen)));
