"""Regular expressions (ECMA 262) with which the schema describes texts of request bodies and headers."""

_SPACES = r"\s\x1c-\x1f\x85"  # the characters that str.strip() removes
BLANK = rf"^[{_SPACES}]*$"
NOT_BLANK = rf"[^{_SPACES}]"
TAG = rf"^[^,]*[^,{_SPACES}][^,]*$"

YEAR = r"(19|20|21)[0-9]{2}|2200"  # YEARS of clinic.domain.dates
_LEAP_YEAR = r"(19|20|21)(0[48]|[2468][048]|[13579][26])|2000"
_MONTH_AND_DAY = (
    r"(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
)
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
ETAGS = r'^(\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)$'  # RFC 9110, section 8.8.3
STARTS_WITH_YEAR = rf"^({YEAR})-"
LOCAL_DATETIME = rf"^(({YEAR})-({_MONTH_AND_DAY})|({_LEAP_YEAR})-02-29)T{_TIME}$"
