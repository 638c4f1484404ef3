"""Price list, departments, types of visits, payers and tags of the demo's clinic."""

from decimal import Decimal
from typing import NamedTuple

# Code, description, unit price, tax in percent: treatment is exempt, goods and beauty are not.
PRICES = """
GP-01    Consultation                                    38.50    0
GP-02    Consultation, longer than 20 minutes            64.00    0
GP-03    Home visit                                      72.00    0
GP-04    Home visit, each kilometre                       0.4275  0
GP-05    Electrocardiogram at rest                       41.20    0
GP-06    Ultrasound of the abdomen                       79.90    0
GP-07    Wound care                                      24.35    0
GP-08    Preventive check-up                            118.00    0
GP-09    Influenza vaccination                           29.80    0
GP-10    Certificate for a sports club                   25.00   19
GP-11    Appointment missed without notice               30.00    0
PT-01    Physiotherapy, 20 minutes                       31.60    0
PT-02    Manual therapy, 30 minutes                      45.80    0
PT-03    Lymph drainage, 45 minutes                      58.25    0
PT-04    Heat pack                                       12.40    0
PT-05    Wellness massage, 45 minutes                    62.00   19
PT-06    Kinesiology tape, roll                          14.90   19
LB-01    Blood count                                      8.7450  0
LB-02    C-reactive protein                              11.66    0
LB-03    HbA1c                                           16.09    0
LB-04    Thyroid (TSH)                                   14.57    0
LB-05    Lipid profile                                   19.2334  0
LB-06    Vitamin D                                       32.18    0
LB-07    Urine test strip                                 3.50    0
LB-08    Taking of a blood sample                         4.20    0
DH-01    Dental cleaning                                 94.00    0
DH-02    Dental cleaning, children                       56.00    0
DH-03    Fluoride varnish                                21.75    0
DH-04    Bitewing radiographs                            33.30    0
DH-05    Whitening, both arches                         389.00   19
DH-06    Interdental brushes, box                         7.95   19
TV-01    Travel health consultation                      46.00    0
TV-02    Hepatitis A vaccination                         68.40    0
TV-03    Yellow fever vaccination                        74.50    0
TV-04    Rabies vaccination                              87.90    0
TV-05    Typhoid vaccination                             41.30    0
TV-06    Insect repellent, bottle                        12.95   19
TV-07    Travel pharmacy, small                          34.50   19
"""


class Price(NamedTuple):
    """A row of the price list."""

    code: str
    description: str
    unit_price: Decimal
    tax_rate: Decimal


class VisitType(NamedTuple):
    """A reason to come, the codes always charged, and those charged sometimes (code, chance, maximum quantity)."""

    reason: str
    always: tuple[str, ...]
    sometimes: tuple[tuple[str, float, int], ...] = ()


class Department(NamedTuple):
    """A department: practitioners, share of all visits in percent, and types of visits."""

    category: str
    practitioners: tuple[str, ...]
    share: int
    visit_types: tuple[VisitType, ...]


LAB = (("LB-08", 0.9, 1), ("LB-01", 0.8, 1), ("LB-02", 0.5, 1), ("LB-05", 0.4, 1), ("LB-06", 0.3, 1))

DEPARTMENTS = {
    "GP": Department(
        "General practice",
        ("Dr. Hannah Vogt", "Dr. Emre Yıldız"),
        38,
        (
            VisitType("Cough and fever", ("GP-01",), (("LB-02", 0.3, 1), ("LB-08", 0.3, 1))),
            VisitType("Check-up", ("GP-08",), (*LAB, ("GP-05", 0.4, 1), ("LB-07", 0.5, 1))),
            VisitType("Abdominal pain", ("GP-02", "GP-06"), (("LB-07", 0.4, 1), ("LB-01", 0.5, 1))),
            VisitType("Dressing change", ("GP-07",), (("GP-01", 0.2, 1),)),
            VisitType("Home visit", ("GP-03", "GP-04"), (("GP-07", 0.3, 2),)),
            VisitType("Influenza vaccination", ("GP-09",), (("GP-10", 0.15, 1),)),
        ),
    ),
    "PT": Department(
        "Physiotherapy",
        ("Marta Zielińska", "Jonas Kjær"),
        26,
        (
            VisitType("Back pain", ("PT-01",), (("PT-04", 0.6, 1), ("PT-06", 0.2, 2))),
            VisitType("Course of manual therapy", ("PT-02",), (("PT-02", 0.5, 5), ("PT-04", 0.4, 6))),
            VisitType("Lymph drainage", ("PT-03",), (("PT-03", 0.4, 3),)),
            VisitType("Massage", ("PT-05",), ()),
        ),
    ),
    "LB": Department(
        "Laboratory",
        ("Olha Lysenko",),
        12,
        (
            VisitType("Blood test", ("LB-08", "LB-01"), (("LB-03", 0.5, 1), ("LB-04", 0.5, 1), ("LB-05", 0.5, 1))),
            VisitType("Diabetes control", ("LB-08", "LB-03"), (("LB-07", 0.5, 1),)),
        ),
    ),
    "DH": Department(
        "Dental hygiene",
        ("Lê Thu Hà",),
        14,
        (
            VisitType("Dental cleaning", ("DH-01",), (("DH-03", 0.5, 1), ("DH-04", 0.2, 2), ("DH-06", 0.4, 3))),
            VisitType("Dental cleaning, child", ("DH-02",), (("DH-03", 0.7, 1),)),
            VisitType("Whitening", ("DH-05",), (("DH-01", 0.4, 1),)),
        ),
    ),
    "TV": Department(
        "Travel medicine",
        ("Dr. Sofía Herrera",),
        10,
        (
            VisitType("Journey to the tropics", ("TV-01", "TV-03"), (("TV-02", 0.6, 1), ("TV-06", 0.6, 3))),
            VisitType("Vaccinations for a journey", ("TV-01", "TV-02"), (("TV-04", 0.4, 1), ("TV-05", 0.4, 1))),
            VisitType("Long stay abroad", ("TV-01", "TV-04", "TV-05"), (("TV-07", 0.5, 1),)),
        ),
    ),
}
MISSED = "GP-11"

# Insurers and employers who are billed instead of the patient; none of them exists.
PAYERS = (
    ("Nordlicht Krankenversicherung", "Leistungsabteilung\nPostfach 10 20 30\n20095 Hamburg"),
    ("Mutuelle du Vieux-Port", "12 quai des Échelles\n13002 Marseille"),
    ("Alpenblick Private Health", "Claims department\nSonnenhang 8\n80331 München"),
    ("Werkstatt Böhm GmbH", "Personalabteilung\nHafengasse 3\n10969 Berlin"),
)

TAGS = ("insurance", "family", "course of treatment", "self-pay", "reminder sent", "disputed", "Übersetzung")


def prices() -> list[Price]:
    """Return the price list, ordered by code."""
    rows = [line.split(maxsplit=1) for line in PRICES.strip().splitlines()]
    columns = [(code, *rest.rsplit(maxsplit=2)) for code, rest in rows]
    return [Price(code, text.strip(), Decimal(price), Decimal(tax)) for code, text, price, tax in columns]
