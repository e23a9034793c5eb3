#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""report: judges a page of `jail report` as text.

  report.py PAGE             the page is well-formed, closed in itself, and has
                             nothing in it that could run or be loaded
  report.py PAGE XPATH       prints the text of each element that is found, a
                             line each; the elements have no prefix
"""
import re
import sys
import xml.etree.ElementTree as tree

SVG = {"svg", "title", "desc", "path", "circle", "text"}
HTML = {"html", "head", "meta", "title", "style", "body", "header", "nav",
        "main", "section", "footer", "h1", "h2", "h3", "p", "dl", "dt", "dd",
        "div", "ul", "ol", "li", "a", "table", "caption", "thead", "tbody",
        "tr", "th", "td", "figure", "figcaption", "span", "strong", "code",
        "bdi", "time"}
PROPERTIES = {"class", "id", "lang", "charset", "http-equiv", "content",
              "name", "href", "tabindex", "role", "aria-label",
              "aria-labelledby", "aria-hidden", "scope", "datetime", "style",
              "viewBox", "preserveAspectRatio", "d", "x", "y", "cx", "cy",
              "r"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def read(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    # One namespace less to write in a test.
    root = tree.fromstring(text.replace(
        ' xmlns="http://www.w3.org/1999/xhtml"', "", 1))
    return text, root


def findings(text, root):
    ids = set()
    if len(text.encode()) >= 2 << 20:
        yield "2 MB or more"
    if not text.startswith("<!DOCTYPE html>\n"):
        yield "no doctype"
    if root.find("head/meta[@http-equiv]").get("content") != POLICY:
        yield "another policy"
    for element in root.iter():
        if element.tag not in SVG | HTML:
            yield "element " + element.tag
        for name, value in element.attrib.items():
            if name not in PROPERTIES:
                yield "property " + name
            if name == "href" and not value.startswith("#"):
                yield "a link to " + value
            if name == "style" and not re.fullmatch(r"[a-z0-9:;-]+", value):
                yield "style " + value
            if name == "id" and value in ids:
                yield "twice: id " + value
            if name == "id":
                ids.add(value)
    for element in root.iter():
        for name in ("aria-labelledby", "href"):
            for word in element.get(name, "").replace("#", "").split():
                if word not in ids:
                    yield "no id " + word
    for picture in root.iter("svg"):
        if not (picture.get("aria-hidden") or picture.get("aria-label") or
                (picture.findtext("title") and picture.findtext("desc"))):
            yield "a picture without words"
    style = root.findtext("head/style")
    if re.search(r"url\(|@import|@font-face|expression|</", style):
        yield "the style loads something"


def main(path, xpath=None):
    text, root = read(path)
    if xpath:
        for element in root.findall(xpath):
            print("".join(element.itertext()))
        return
    found = list(findings(text, root))
    print("\n".join(found))
    sys.exit(1 if found else 0)


main(*sys.argv[1:])
