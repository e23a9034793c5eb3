/* SPDX-License-Identifier: MIT */
/*
 * Rows: directives about the network. ip, mac and the like are about the net
 * line in front of them.
 */
#include "profiles/text.h"

const struct text_row profiles_rows_network[] = {
	{ { "defaultgw", "ADDRESS",
	    "Send what is for no network of the sandbox to this address, not "
	    "to that of the bridge.", "10.10.20.1", TEXT_BOTH },
	  network_gateway, 0, NULL },
	{ { "dns", "ADDRESS",
	    "Ask this name server; up to four.", "9.9.9.9", TEXT_BOTH },
	  network_dns, 0, NULL },
	{ { "hosts-file", "PATH", "Show this file as /etc/hosts.",
	    "/etc/hosts", TEXT_BOTH },
	  network_hosts, 0, NULL },
	{ { "ip", "ADDRESS",
	    "Take this address, or with dhcp one that a server gives, or with "
	    "none leave the device without; else one is taken that nobody "
	    "has.", "10.10.20.5", TEXT_BOTH },
	  network_device, TEXT_NET_IP, NULL },
	{ { "ip6", "ADDRESS",
	    "Take this IPv6 address, with /LENGTH at its end if it is not "
	    "/64.", "fd00::5", TEXT_BOTH },
	  network_device, TEXT_NET_IP6, NULL },
	{ { "iprange", "ADDRESS,ADDRESS",
	    "Choose among the addresses from the first to the second.",
	    "10.10.20.2,10.10.20.9", TEXT_BOTH },
	  network_device, TEXT_NET_RANGE, NULL },
	{ { "mac", "ADDRESS", "Give the device this hardware address.",
	    "00:11:22:33:44:55", TEXT_BOTH },
	  network_device, TEXT_NET_MAC, NULL },
	{ { "mtu", "NUMBER", "Let a packet have at most so many bytes.",
	    "1492", TEXT_BOTH },
	  network_device, TEXT_NET_MTU, NULL },
	{ { "net", "NAME",
	    "Give the program a network of its own: none, with nothing in it "
	    "but the loopback; user, which reaches what the user reaches; for "
	    "root a bridge or a network card, up to four.", "none",
	    TEXT_BOTH },
	  network_net, 0, "blacklist /run/systemd/resolve\n" },
	{ { "net.user.forward", "PROTOCOL PORT [PORT]",
	    "With net user, let this tcp or udp port of the host's loopback "
	    "lead to the sandbox's, the second one if it is another.",
	    "tcp 8080 80", TEXT_BOTH },
	  network_forward, 0, NULL },
	{ { "netfilter", "[FILE]",
	    "Load these rules for packets, of nft or iptables-save, or rules "
	    "that let nobody in; in a network of the sandbox's own. Of "
	    "FILE,A,B the words take the place of $ARG1, $ARG2 in it.",
	    "/etc/jail/server.nft", TEXT_BOTH },
	  network_filter, 4, NULL },
	{ { "netfilter6", "[FILE]",
	    "The same for IPv6, as ip6tables-save writes them.",
	    "/etc/jail/server.v6", TEXT_BOTH },
	  network_filter, 6, NULL },
	{ { "netmask", "ADDRESS",
	    "Take the device's network to be of this size.", "255.255.255.0",
	    TEXT_BOTH },
	  network_device, TEXT_NET_MASK, NULL },
	{ { "netns", "NAME",
	    "For root: run in this network namespace, as ip-netns(8) names "
	    "it.", "example", TEXT_BOTH },
	  network_netns, 0, NULL },
	{ { "veth-name", "NAME",
	    "Give this name to the host's end of the cable to a bridge.",
	    "example0", TEXT_BOTH },
	  network_device, TEXT_NET_VETH, NULL },
	{ { NULL, NULL, NULL, NULL, 0 }, NULL, 0, NULL },
};
