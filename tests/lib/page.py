# SPDX-License-Identifier: MIT
"""Writes a PDF of one page, with a line of text and a blue rectangle."""
import sys

DRAWN = b"""0.1 0.4 0.8 rg 40 40 320 80 re f
0 0 0 rg BT /F 28 Tf 40 200 Td (A page of the test) Tj ET"""
OBJECTS = [
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Contents 4 0 R"
    b"/Resources<</Font<</F 5 0 R>>>>>>",
    b"<</Length %d>>stream\n%s\nendstream" % (len(DRAWN), DRAWN),
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
]

out, offsets = b"%PDF-1.4\n", []
for number, body in enumerate(OBJECTS, 1):
    offsets.append(len(out))
    out += b"%d 0 obj%s endobj\n" % (number, body)
table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(OBJECTS) + 1, table) + \
    b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(OBJECTS) + 1, len(out))
with open(sys.argv[1], "wb") as file:
    file.write(out)
