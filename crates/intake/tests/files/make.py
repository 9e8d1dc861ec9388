#!/usr/bin/env python3
"""Writes the workbooks beside this file as other people's programs write them.

    pip install openpyxl xlsxwriter pyexcelerate
    python3 crates/intake/tests/files/make.py

The same table each time; the people are invented.
"""

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyexcelerate
import xlsxwriter

HERE = Path(__file__).resolve().parent
HEADER = ["Assignment Number", "Competency Name", "Expiry Date", "Date Start", "Last Updated By", "Title", "VPD"]
ROWS = [
    [412207, "NHS|CSTF|Fire Safety - 2 Years|", date(2027, 4, 14), date(2025, 4, 15), "A01|Smith, Jane", "Fire", 218],
    ["30679710-2", "218|LOCAL|Café & <Bar> safety|", "no expiry", date(2024, 10, 2), "A01|O'Neill, Siobhán", "", 218],
    ["30679710", "NHS|CSTF|Resuscitation - Level 2 - Adult Basic Life Support - 1 Year|", None,
     datetime(2026, 1, 31, 9, 30), "", "=1+1", "218"],
]

book = openpyxl.Workbook()
sheet = book.active
sheet.append(HEADER)
for row in ROWS:
    sheet.append(row)
sheet["A2"].number_format = "00000000"
for cell in ("C2", "D2", "D3", "D4"):
    sheet[cell].number_format = "dd-mmm-yyyy"
hidden = book.create_sheet("Parameters")
hidden.append(HEADER)
hidden.sheet_state = "hidden"
book.create_sheet("Notes").append(["Run for", "everybody"])
book.save(HERE / "openpyxl.xlsx")

for name, options in (("xlsxwriter", {}), ("xlsxwriter-inline", {"constant_memory": True}),
                      ("xlsxwriter-1904", {"date_1904": True})):
    book = xlsxwriter.Workbook(HERE / f"{name}.xlsx", options)
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    digits = book.add_format({"num_format": "00000000"})
    for number, row in enumerate([HEADER, *ROWS]):
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(number, column, value, day)
            elif isinstance(value, int):
                sheet.write_number(number, column, value, digits if column == 0 else None)
            elif value is not None:
                sheet.write_string(number, column, value)
    book.close()

book = pyexcelerate.Workbook()
book.new_sheet("Sheet1", data=[HEADER, *([value for value in row] for row in ROWS)])
sheet = book._worksheets[0]
sheet.set_cell_style(2, 1, pyexcelerate.Style(format=pyexcelerate.Format("00000000")))
for place in ((2, 3), (2, 4), (3, 4), (4, 4)):
    sheet.set_cell_style(*place, pyexcelerate.Style(format=pyexcelerate.Format("dd/mm/yyyy")))
book.save(str(HERE / "pyexcelerate.xlsx"))
