"""Records as they are read, and the inputs that they are of."""
import json
from fractions import Fraction

from .exact import decimal_text
from .language import BOOL, INTEGER, MONEY, TEXT

OUT_OF_ORDERNESS_MS = 5000
FIELDS = {"device": TEXT, "kind": TEXT, "amount": MONEY, "points": INTEGER, "ok": BOOL}  # of events, each of which may be missing
LOGIN_FIELDS = {"ip": TEXT, "good": BOOL}
DIGITS = {"amount": 2, "lat": 6, "lon": 6}

INPUT = """  {}:
    time: at
    out_of_orderness: {}ms
    id: id
    key: account
{}    fields:
      id:      {{type: string, required: true, max_length: 8}}
      at:      {{type: time, required: true}}
      account: {{type: string, max_length: 8}}
{}"""
EVENT_FIELDS = """      device:  {type: string, max_length: 8}
      kind:    {type: enum, names: [sale, refund, load]}
      amount:  {type: money, scale: 2, currency: USD}
      points:  {type: integer}
      ok:      {type: bool}
"""
LOGIN_FIELDS_TEXT = """      ip:      {type: string, max_length: 8}
      good:    {type: bool}
"""


class Record:
    def __init__(self, source, number, at, account, names):
        self.input, self.id, self.at, self.account = source, f"{source[0]}{number}", at, account
        self.names = {"id": self.id, "at": at, "account": account, **names}
        self.order = (source, number)  # of records of one time; events come before logins
        self.watermark = -(10**15)
        self.oldest = dict.fromkeys(("account", "device", "pair"), -(10**15))  # times before that are not asked about any more, by key

    def json(self):
        written = {key: decimal_text(value, DIGITS[key]) if isinstance(value, Fraction) else value for key, value in self.names.items() if value is not None}
        if "depth" in written:
            written["more"] = {"of": 1, "depth": written.pop("depth")}  # its path is more.depth; the other member is not declared
        return json.dumps(written, ensure_ascii=False)
