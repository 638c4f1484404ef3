"""Clients that programs generate from /schema/ have types of amounts, times, days and statuses, and compile."""

import pytest

from billing.tests.clients.generating import BY_LANGUAGE, IN_TYPESCRIPT, compile_typescript, generate

pytestmark = [pytest.mark.long, pytest.mark.neutral]


def words_of(path):
    """Return the text of a file with single spaces."""
    return " ".join(path.read_text().split())


class TestOpenapiGenerator:
    @pytest.mark.parametrize("language", BY_LANGUAGE)
    def test_client_has_types_of_amounts_and_dates_and_one_of_statuses(self, programs, schema_file, language):
        expected = BY_LANGUAGE[language]

        client, printed = generate(programs, language, schema_file)

        invoice, item = words_of(client / expected.invoice), words_of(client / expected.item)
        missing = {expected.amount, expected.time, expected.status} - {each for each in expected if each in invoice} | {
            expected.day
        } - {each for each in expected if each in item}
        assert missing == set()
        assert "Inline schema created" not in printed, "a type that only the generator has a name for"
        assert "ERROR" not in printed

    def test_client_in_python_can_be_imported(self, programs, schema_file):
        client, _ = generate(programs, "python", schema_file)

        programs.run(programs.python, "-m", "compileall", "-q", client, cwd=client)
        programs.run(programs.python, "-W", "error", "-c", "import clinic_client.api", cwd=client)

    def test_client_in_typescript_compiles(self, programs, schema_file):
        client, _ = generate(programs, "typescript-fetch", schema_file)

        compile_typescript(programs, client)


@pytest.mark.parametrize("generator", IN_TYPESCRIPT)
def test_client_of_another_generator_in_typescript_compiles(programs, schema_file, generator):
    command, types, time = IN_TYPESCRIPT[generator]

    programs.run(*command.split(), cwd=schema_file.parent)

    declared = words_of(schema_file.parent / types)
    assert "total_amount: number" in declared
    assert time in declared
    compile_typescript(programs, schema_file.parent / "client", moduleResolution="bundler", module="esnext")


def test_client_of_another_generator_in_python_can_be_imported(programs, schema_file):
    command = "openapi-python-client generate --path schema.json --output-path clinic_client --meta none"

    printed = programs.run(*command.split(), cwd=schema_file.parent)

    assert "warning" not in printed.casefold()
    invoice = words_of(schema_file.parent / "clinic_client" / "models" / "invoice.py")
    for declaration in ("total_amount: float", "issue_date: datetime.datetime | None", "status: InvoiceStatus"):
        assert declaration in invoice
    program = "from clinic_client import api, client, models; import clinic_client.api.invoice.create_invoice"
    programs.run(programs.python, "-c", program, cwd=schema_file.parent)
