# SPDX-License-Identifier: MIT
"""A service on the session bus, and a client of it.

    bus.py serve NAME...        has the names until it is ended; prints "up".
                                Methods Say and Other of org.example.I, at every
                                path, answer with their own name; each call also
                                sends the signal Called
    bus.py call NAME METHOD [PATH]
                                prints the answer, or the name of the error
    bus.py own NAME             prints "owned", or the name of the error
    bus.py names                those of the bus, one a line
    bus.py hear NAME METHOD     calls, and prints the signal, or "silence" """
import sys

from gi.repository import Gio, GLib

XML = """<node><interface name="org.example.I">
<method name="Say"><arg type="s" direction="out"/></method>
<method name="Other"><arg type="s" direction="out"/></method>
<signal name="Called"><arg type="s"/></signal>
</interface></node>"""
BUS = "org.freedesktop.DBus"
loop = GLib.MainLoop()


def method(connection, _sender, path, interface, name, _arguments, invocation):
    connection.emit_signal(None, path, interface, "Called",
                           GLib.Variant("(s)", (name,)))
    invocation.return_value(GLib.Variant("(s)", (name,)))


def request(bus, name):
    bus.call_sync(BUS, "/org/freedesktop/DBus", BUS, "RequestName",
                  GLib.Variant("(su)", (name, 4)), None, 0, 10000, None)


def serve(bus, *names):
    interface = Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0]
    for path in ("/org/example", "/org/example/below", "/elsewhere"):
        bus.register_object(path, interface, method, None, None)
    for name in names:
        request(bus, name)
    print("up", flush=True)
    loop.run()


def call(bus, name, what, path="/org/example"):
    print(bus.call_sync(name, path, "org.example.I", what, None, None, 0,
                        10000, None).unpack()[0], flush=True)


def own(bus, name):
    request(bus, name)
    print("owned")


def names(bus):
    found = bus.call_sync(BUS, "/org/freedesktop/DBus", BUS, "ListNames", None,
                          None, 0, 10000, None).unpack()[0]
    print("\n".join(sorted(n for n in found if n[0] != ":")))


def hear(bus, name, what):
    heard = []

    def signal(*arguments):
        heard.append(arguments[5].unpack()[0])
        loop.quit()

    bus.signal_subscribe(name, "org.example.I", "Called", None, None, 0, signal)
    call(bus, name, what)
    # What was sent before an answer comes before it.
    GLib.timeout_add(300, loop.quit)
    loop.run()
    print("heard " + heard[0] if heard else "silence")


try:
    globals()[sys.argv[1]](Gio.bus_get_sync(Gio.BusType.SESSION, None),
                           *sys.argv[2:])
except GLib.Error as error:
    print(Gio.DBusError.get_remote_error(error) or error.message)
    sys.exit(1)
