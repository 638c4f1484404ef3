"""Generated clients: the commands that make them, and how they declare an amount, a time, a status and a day."""

import json
from typing import NamedTuple


class Declarations(NamedTuple):
    """Parts of a client's files, with single spaces: three of an invoice's members and one of an item's."""

    invoice: str
    item: str
    amount: str
    time: str
    status: str
    day: str


# Of openapi-generator, by the name of its generator.
BY_LANGUAGE = {
    "python": Declarations(
        "clinic_client/models/invoice.py",
        "clinic_client/models/item.py",
        "total_amount: Union[StrictFloat, StrictInt]",
        "issue_date: Optional[datetime]",
        "status: InvoiceStatus",
        "service_date: Optional[date]",
    ),
    "typescript-fetch": Declarations(
        "models/Invoice.ts",
        "models/Item.ts",
        "totalAmount: number;",
        "issueDate: Date | null;",
        "status: InvoiceStatus;",
        "serviceDate: Date | null;",
    ),
    "kotlin": Declarations(
        "src/main/kotlin/org/openapitools/client/models/Invoice.kt",
        "src/main/kotlin/org/openapitools/client/models/Item.kt",
        "val totalAmount: kotlin.Double,",
        "val issueDate: java.time.OffsetDateTime?,",
        "val status: InvoiceStatus,",
        "val serviceDate: java.time.LocalDate?,",
    ),
    "swift5": Declarations(
        "OpenAPIClient/Classes/OpenAPIs/Models/Invoice.swift",
        "OpenAPIClient/Classes/OpenAPIs/Models/Item.swift",
        "public var totalAmount: Double",
        "public var issueDate: Date?",
        "public var status: InvoiceStatus",
        "public var serviceDate: Date?",
    ),
    "dart": Declarations(
        "lib/model/invoice.dart",
        "lib/model/item.dart",
        "double totalAmount;",
        "DateTime? issueDate;",
        "InvoiceStatus status;",
        "DateTime? serviceDate;",
    ),
    "go": Declarations(
        "model_invoice.go",
        "model_item.go",
        "TotalAmount float64 `",
        "IssueDate NullableTime `",
        "Status InvoiceStatus `",
        "ServiceDate NullableString `",
    ),
}
# Programs that make a client in TypeScript, the file with its types, and how that declares a time.
IN_TYPESCRIPT = {
    "hey-api": (
        "openapi-ts --input schema.json --output client --client @hey-api/client-fetch --silent",
        "client/types.gen.ts",
        "issue_date: string | null",
    ),
    "orval": (
        "orval --input schema.json --output client/api.ts --client fetch",
        "client/api.ts",
        "InvoiceIssueDate = string | null",
    ),
    "openapi-typescript": (
        "openapi-typescript schema.json --output client/schema.d.ts",
        "client/schema.d.ts",
        "issue_date: string | null",
    ),
    "swagger-typescript-api": (
        "swagger-typescript-api generate --path schema.json --output client --name api.ts",
        "client/api.ts",
        "issue_date: string | null",
    ),
}


def generate(programs, language, schema_file):
    """Make a client with openapi-generator beside the schema, and return its folder and what was printed."""
    client = schema_file.with_name(language)
    packages = ["--package-name", "clinic_client"] if language == "python" else []
    command = ["openapi-generator-cli", "generate", "--generator-name", language, "--input-spec", schema_file]
    printed = programs.run(*command, "--output", client, *packages, cwd=schema_file.parent, JAVA_OPTS="-Xmx600m")
    return client, printed


def compile_typescript(programs, folder, **options):
    """Compile every file of TypeScript in a folder, strictly, to scripts of CommonJS beside them."""
    strict = {"strict": True, "target": "es2022", "module": "commonjs", "lib": ["es2022", "dom", "dom.iterable"]}
    settings = {"compilerOptions": {**strict, "types": [], **options}, "include": ["."]}
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    programs.run("tsc", "--project", folder, cwd=folder)
