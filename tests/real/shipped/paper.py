#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""paper: writes a PDF file with a line of text on each page.

usage: paper.py FILE TEXT...
"""
import sys


def objects(texts):
    yield "<< /Type /Catalog /Pages 2 0 R >>"
    yield "<< /Type /Pages /Kids [%s] /Count %d >>" % (
        " ".join("%d 0 R" % (4 + 2 * i) for i in range(len(texts))),
        len(texts))
    yield "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    for i, text in enumerate(texts):
        drawn = "BT /F1 36 Tf 72 700 Td (%s) Tj ET" % text
        yield ("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
               "/Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> >>" %
               (5 + 2 * i))
        yield "<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn)


def document(texts):
    text, places = "%PDF-1.4\n", []
    for number, one in enumerate(objects(texts), 1):
        places.append(len(text))
        text += "%d 0 obj\n%s\nendobj\n" % (number, one)
    end = len(text)
    text += "xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    text += "".join("%010d 00000 n \n" % place for place in places)
    return text + ("trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n"
                   "%%%%EOF\n" % (len(places) + 1, end))


with open(sys.argv[1], "w") as file:
    file.write(document(sys.argv[2:]))
