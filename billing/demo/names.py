"""Names of the demo's patients in the languages and scripts of a big city, telephone numbers, streets and towns."""

from typing import NamedTuple


class LanguageNames(NamedTuple):
    """Names of one language; `share` is the percentage of patients that have them.

    Family names are pairs, of a woman and of a man, where the language distinguishes them.
    """

    language: str
    share: int
    women: tuple[str, ...]
    men: tuple[str, ...]
    families: tuple[tuple[str, str], ...]


def _same(names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in _list(names))


def _pairs(names: str) -> tuple[tuple[str, str], ...]:
    """Return the names of a woman and of a man from “Nowak, Kowalska/Kowalski”."""
    parts = (name.partition("/") for name in _list(names))
    return tuple((woman, man or woman) for woman, _, man in parts)


def _list(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(","))


LANGUAGES = (
    LanguageNames(
        "de",
        34,
        _list("Anna, Jürgen-Marie, Käthe, Lena, Marlene, Ursula, Brigitte, Sophie, Hannelore, Mia, Greta, Jördis"),
        _list("Jörg, Lukas, Günther, Paul, Matthias, Felix, Uwe, Björn, Karl-Heinz, Jonas, Götz, Emil"),
        _same(
            "Müller, Schröder, Weiß, Vogel, Böhm, Krüger, Lindemann, von der Heide, Groß, Jäger, Kühn, Hartmann, "
            "Schäfer-Lang, Brandt, Förster, Zöllner"
        ),
    ),
    LanguageNames(
        "tr",
        10,
        _list("Ayşe, Gülşen, Elif, Çiğdem, Zeynep, İpek, Şule, Özlem"),
        _list("Mehmet, Özgür, İbrahim, Emre, Çağlar, Yiğit, Oğuz, Barış"),
        _same("Yılmaz, Şahin, Öztürk, Çelik, Kılıç, Doğan, Güneş, Işık, Aydın, Özdemir"),
    ),
    LanguageNames(
        "pl",
        9,
        _list("Agnieszka, Małgorzata, Katarzyna, Zofia, Bożena, Łucja, Grażyna"),
        _list("Łukasz, Paweł, Krzysztof, Stanisław, Michał, Wojciech, Bartłomiej"),
        _pairs(
            "Kowalska/Kowalski, Wiśniewska/Wiśniewski, Wójcik, Zielińska/Zieliński, Dąbrowska/Dąbrowski, "
            "Szczęsna/Szczęsny, Gołąb, Żak"
        ),
    ),
    LanguageNames(
        "vi",
        6,
        _list("Thị Lan, Ngọc Ánh, Thu Hà, Mỹ Linh, Bích Phượng"),
        _list("Văn Hùng, Quốc Đạt, Minh Tuấn, Đình Phúc, Hữu Nghĩa"),
        _same("Nguyễn, Trần, Lê, Phạm, Hoàng, Đặng, Vũ"),
    ),
    LanguageNames(
        "ar",
        5,
        _list("ليلى, فاطمة, مريم, نور, سلمى"),
        _list("أحمد, يوسف, عمر, خالد, سامر"),
        _same("الخطيب, حداد, منصور, درويش, العلي"),
    ),
    LanguageNames(
        "el",
        4,
        _list("Ελένη, Μαρία, Αικατερίνη, Δέσποινα"),
        _list("Γιώργος, Νίκος, Κωνσταντίνος, Σπύρος"),
        _pairs("Παπαδοπούλου/Παπαδόπουλος, Νικολάου, Γεωργίου, Αγγελοπούλου/Αγγελόπουλος"),
    ),
    LanguageNames(
        "uk",
        6,
        _list("Олена, Наталія, Оксана, Юлія, Соломія"),
        _list("Андрій, Тарас, Олексій, Богдан, Сергій"),
        _pairs("Шевченко, Бондаренко, Ковальська/Ковальський, Мельник, Лисенко, Гнатюк"),
    ),
    LanguageNames(
        "fr",
        5,
        _list("Amélie, Chloé, Françoise, Hélène, Zoé"),
        _list("François, Benoît, Jérôme, Loïc, Gaël"),
        _same("Lefèvre, Béranger, Dubois, L’Hôpital, Chevalier, D’Almeida"),
    ),
    LanguageNames(
        "es",
        5,
        _list("Begoña, Lucía, Inés, María José, Concepción"),
        _list("Íñigo, José Ángel, Raúl, Andrés, Joaquín"),
        _same("Muñoz García, Ibáñez, Peña, Núñez Vega, Cañizares, Ordóñez"),
    ),
    LanguageNames(
        "en",
        6,
        _list("Charlotte, Siobhán, Niamh, Grace, Olivia, Abigail"),
        _list("Oliver, Seán, Rhys, Thomas, Oscar, Callum"),
        _same("O’Connor, Smith, Llewellyn, Okafor, Fitzgerald, Zephaniah-Brown, Adeyemi"),
    ),
    LanguageNames(
        "cs",
        4,
        _list("Tereza, Kateřina, Žaneta, Eliška"),
        _list("Jiří, Ondřej, Tomáš, Řehoř"),
        _pairs("Nováková/Novák, Dvořáková/Dvořák, Růžičková/Růžička, Šťastná/Šťastný"),
    ),
    LanguageNames(
        "da",
        3,
        _list("Åse, Kirsten, Mette, Sørine"),
        _list("Søren, Jørgen, Rasmus, Bjørn-Åge"),
        _same("Sørensen, Ørsted, Kjær, Nygård"),
    ),
    LanguageNames(
        "pt-BR",
        3,
        _list("Conceição, Thaís, Inês, Luíza"),
        _list("João, Antônio, Luís Otávio, Simão"),
        _same("Gonçalves, Araújo, da Conceição, Magalhães"),
    ),
)

STREETS = _list(
    "Lindenstraße, Am Mühlbach, Goethestraße, Königsallee, Ringstraße, Kastanienweg, Bahnhofstraße, "
    "Zur Schönen Aussicht, Gartenstraße, Marktplatz, Hafengasse, Birkenweg"
)
TOWNS = _list("10969 Berlin, 10405 Berlin, 12043 Berlin, 10557 Berlin, 14467 Potsdam, 13187 Berlin")

# Numbers that the regulator keeps free for films and examples; they ring nowhere.
PHONES = _list(
    "+49 30 23125 {:03d}, +49 40 66969 {:03d}, +49 221 4710 {:03d}, +49 69 90009 {:03d}, +49 89 99998 {:03d}"
)
