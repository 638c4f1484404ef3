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


def _list(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(","))


def _names(text: str) -> LanguageNames:
    """Return the names of a language from lines: code and share, women, men, families ("Kowalska/Kowalski, Nowak")."""
    heading, women, men, families = text.split("\n", 3)
    language, share = heading.split()
    pairs = (name.partition("/") for name in _list(families))
    return LanguageNames(
        language, int(share), _list(women), _list(men), tuple((woman, man or woman) for woman, _, man in pairs)
    )


_LANGUAGES = """
de 34
Anna, Jürgen-Marie, Käthe, Lena, Marlene, Ursula, Brigitte, Sophie, Hannelore, Mia, Greta, Jördis
Jörg, Lukas, Günther, Paul, Matthias, Felix, Uwe, Björn, Karl-Heinz, Jonas, Götz, Emil
Müller, Schröder, Weiß, Vogel, Böhm, Krüger, Lindemann, von der Heide, Groß, Jäger, Kühn, Hartmann, Schäfer-Lang,
Brandt, Förster, Zöllner

tr 10
Ayşe, Gülşen, Elif, Çiğdem, Zeynep, İpek, Şule, Özlem
Mehmet, Özgür, İbrahim, Emre, Çağlar, Yiğit, Oğuz, Barış
Yılmaz, Şahin, Öztürk, Çelik, Kılıç, Doğan, Güneş, Işık, Aydın, Özdemir

pl 9
Agnieszka, Małgorzata, Katarzyna, Zofia, Bożena, Łucja, Grażyna
Łukasz, Paweł, Krzysztof, Stanisław, Michał, Wojciech, Bartłomiej
Kowalska/Kowalski, Wiśniewska/Wiśniewski, Wójcik, Zielińska/Zieliński, Dąbrowska/Dąbrowski, Szczęsna/Szczęsny, Gołąb,
Żak

vi 6
Thị Lan, Ngọc Ánh, Thu Hà, Mỹ Linh, Bích Phượng
Văn Hùng, Quốc Đạt, Minh Tuấn, Đình Phúc, Hữu Nghĩa
Nguyễn, Trần, Lê, Phạm, Hoàng, Đặng, Vũ

ar 5
ليلى, فاطمة, مريم, نور, سلمى
أحمد, يوسف, عمر, خالد, سامر
الخطيب, حداد, منصور, درويش, العلي

el 4
Ελένη, Μαρία, Αικατερίνη, Δέσποινα
Γιώργος, Νίκος, Κωνσταντίνος, Σπύρος
Παπαδοπούλου/Παπαδόπουλος, Νικολάου, Γεωργίου, Αγγελοπούλου/Αγγελόπουλος

uk 6
Олена, Наталія, Оксана, Юлія, Соломія
Андрій, Тарас, Олексій, Богдан, Сергій
Шевченко, Бондаренко, Ковальська/Ковальський, Мельник, Лисенко, Гнатюк

fr 5
Amélie, Chloé, Françoise, Hélène, Zoé
François, Benoît, Jérôme, Loïc, Gaël
Lefèvre, Béranger, Dubois, L’Hôpital, Chevalier, D’Almeida

es 5
Begoña, Lucía, Inés, María José, Concepción
Íñigo, José Ángel, Raúl, Andrés, Joaquín
Muñoz García, Ibáñez, Peña, Núñez Vega, Cañizares, Ordóñez

en 6
Charlotte, Siobhán, Niamh, Grace, Olivia, Abigail
Oliver, Seán, Rhys, Thomas, Oscar, Callum
O’Connor, Smith, Llewellyn, Okafor, Fitzgerald, Zephaniah-Brown, Adeyemi

cs 4
Tereza, Kateřina, Žaneta, Eliška
Jiří, Ondřej, Tomáš, Řehoř
Nováková/Novák, Dvořáková/Dvořák, Růžičková/Růžička, Šťastná/Šťastný

da 3
Åse, Kirsten, Mette, Sørine
Søren, Jørgen, Rasmus, Bjørn-Åge
Sørensen, Ørsted, Kjær, Nygård

pt-BR 3
Conceição, Thaís, Inês, Luíza
João, Antônio, Luís Otávio, Simão
Gonçalves, Araújo, da Conceição, Magalhães
"""

LANGUAGES = tuple(map(_names, _LANGUAGES.strip().split("\n\n")))
STREETS = _list(
    "Lindenstraße, Am Mühlbach, Goethestraße, Königsallee, Ringstraße, Kastanienweg, Bahnhofstraße, "
    "Zur Schönen Aussicht, Gartenstraße, Marktplatz, Hafengasse, Birkenweg"
)
TOWNS = _list("10969 Berlin, 10405 Berlin, 12043 Berlin, 10557 Berlin, 14467 Potsdam, 13187 Berlin")

# Numbers that the regulator keeps free for films and examples; they ring nowhere.
PHONES = _list(
    "+49 30 23125 {:03d}, +49 40 66969 {:03d}, +49 221 4710 {:03d}, +49 69 90009 {:03d}, +49 89 99998 {:03d}"
)
