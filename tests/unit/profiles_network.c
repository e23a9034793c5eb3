/* SPDX-License-Identifier: MIT */
/* Directives about the network: what they come to, whom they are about, which
 * of them go together, and what is refused. */
#include "tests/unit/profiles_language.h"

/* "br0 ip=10.0.0.1 ...; eth0", or "none", "user", "netns NAME", "host". */
static void put_network(const struct profiles_network *network, char *out,
			size_t size)
{
	const uint8_t *mac = network->mac;
	static const char *const how[] = { "", " given", " none", " dhcp" };
	FILE *file = fmemopen(out, size, "w");

	assert_non_null(file);
	fprintf(file, "%s%s", network->device, how[network->how]);
	if (network->ip)
		fprintf(file, " ip=%08x", network->ip);
	if (network->first)
		fprintf(file, " range=%08x-%08x", network->first,
			network->last);
	if (network->netmask)
		fprintf(file, " mask=%08x", network->netmask);
	if (mac[0] || mac[5])
		fprintf(file, " mac=%02x%02x%02x%02x%02x%02x", mac[0], mac[1],
			mac[2], mac[3], mac[4], mac[5]);
	if (network->mtu)
		fprintf(file, " mtu=%u", network->mtu);
	if (*network->veth_name)
		fprintf(file, " veth=%s", network->veth_name);
	if (network->ip6_prefix)
		fprintf(file, " ip6=%02x..%02x/%u", network->ip6[0],
			network->ip6[15], network->ip6_prefix);
	fclose(file);
}

static void put_policy(const struct profiles_policy *policy, char *out,
		       size_t size)
{
	size_t used = 0;

	if (profiles_has(policy, PROFILES_NET_NONE))
		used += (size_t)snprintf(out + used, size - used, "none");
	if (profiles_has(policy, PROFILES_NET_USER))
		used += (size_t)snprintf(out + used, size - used, "user");
	if (policy->netns)
		used += (size_t)snprintf(out + used, size - used, "netns %s",
					 policy->netns);
	for (size_t i = 0; i < policy->network_count; i++) {
		char one[256] = "";

		put_network(&policy->networks[i], one, sizeof(one));
		used += (size_t)snprintf(out + used, size - used, "%s%s",
					 used ? "; " : "", one);
	}
	if (policy->defaultgw)
		used += (size_t)snprintf(out + used, size - used, " gw=%08x",
					 policy->defaultgw);
	for (size_t i = 0; i < policy->dns.count; i++)
		used += (size_t)snprintf(out + used, size - used, " dns=%s",
					 policy->dns.items[i]);
	for (size_t i = 0; i < policy->forward.count; i++)
		used += (size_t)snprintf(out + used, size - used, " [%s]",
					 policy->forward.items[i]);
	if (!used)
		snprintf(out, size, "host");
}

struct row {
	const char *lines;
	const char *options;	/* those of the command line; NULL: none */
	const char *wanted;	/* NULL: refused */
	const char *sentence;
};

static int read_row(const struct row *row, struct profiles_text *text,
		    struct error *err)
{
	cleanup_free char *copy = strdup(row->options ? row->options : "");
	char *rest = copy, *option;
	int ret = parse(row->lines, text, err);

	while (ret == 0 && (option = strsep(&rest, "\n")) && *option)
		ret = profiles_parse_line(option, text, err);
	return ret < 0 ? ret : profiles_policy_finish(text, err);
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };
		struct error err = { 0 };
		int ret = read_row(&rows[i], &text, &err);
		char found[1024] = "";

		if (ret == 0)
			put_policy(&text.policy, found, sizeof(found));
		if (rows[i].wanted ? ret < 0 || strcmp(found, rows[i].wanted) :
		    ret >= 0 || err.code != -ret ||
		    !strstr(err.text, rows[i].sentence))
			fail_msg("%s | %s: %d, \"%s\", \"%s\"", rows[i].lines,
				 rows[i].options ? rows[i].options : "", ret,
				 found, err.text);
	}
}
#define ROWS(rows) check_rows(rows, ARRAY_SIZE(rows))

static void test_devices(void **state)
{
	static const struct row rows[] = {
		{ "net br0", NULL, "br0", NULL },
		{ "net br0\nip 10.10.20.5", NULL, "br0 given ip=0a0a1405",
		  NULL },
		{ "net br0\nip dhcp\nnet eth0.5\nip none\nnet br0", NULL,
		  "br0 dhcp; eth0.5 none; br0", NULL },
		{ "net a\niprange 10.0.0.2,10.0.0.2\nnetmask 255.255.240.0",
		  NULL, "a range=0a000002-0a000002 mask=fffff000", NULL },
		{ "net a\nmac 02:ab:CD:00:00:01\nmtu 1492\nveth-name v.0",
		  NULL, "a mac=02abcd000001 mtu=1492 veth=v.0", NULL },
		{ "net a\nip6 fd00::5\nnet b\nip6 2001:db8::9/127", NULL,
		  "a ip6=fd..05/64; b ip6=20..09/127", NULL },
		{ "net a\ndefaultgw 10.0.0.1\ndns 9.9.9.9\ndns ::1\n"
		  "dns 9.9.9.9", NULL,
		  "a gw=0a000001 dns=9.9.9.9 dns=::1", NULL },
		{ "net none", NULL, "none", NULL },
		{ "net user", NULL, "user", NULL },
		{ "netns green", NULL, "netns green", NULL },
		{ "netfilter\nnetlock", NULL, "host", NULL },
	};

	(void)state;
	ROWS(rows);
}

/* What files say, and options that take its place. */
static void test_together(void **state)
{
	static const struct row rows[] = {
		{ "net br0\nip dhcp\nnet none", NULL, "none", NULL },
		{ "net none\nnet br0\ndefaultgw 10.0.0.1", NULL, "none",
		  NULL },
		{ "net none\nip dhcp", NULL, "none", NULL },
		{ "net none", "net br0", "br0", NULL },
		{ "net none", "net br0\nip dhcp", "br0 dhcp", NULL },
		{ "net br0\nip dhcp", "net eth0", "eth0", NULL },
		{ "net br0", "ip dhcp", "br0 dhcp", NULL },
		{ "netns a", "net user", "user", NULL },
		{ "net user\nnet.user.forward tcp 1", "netns a", "netns a",
		  NULL },
		{ "net br0", "net none", "none", NULL },
		{ "net br0", "net eth0\nnet none", NULL,
		  "the options net DEVICE and net none contradict" },
		{ "net br0", "net none\nnet eth0", NULL,
		  "the options net none and net DEVICE contradict" },
		{ "", "net none\nnetns a", NULL, "net none and netns" },
		{ "", "net user\nnet none", NULL, "net user and net none" },
		{ "net br0", "net none\nnet none", "none", NULL },
		{ "net br0\nip dhcp\ndefaultgw 10.0.0.1", "net none", "none",
		  NULL },
		{ "net none", "ip dhcp", NULL, "ip is about a network" },
		{ "net br0\nnet none", "ip dhcp", NULL, "ip is about" },
		{ "", "net none\nmtu 1400", NULL, "mtu is about a network" },
		{ "", "mtu 1400\nnet none", NULL, "mtu is about a network" },
		{ "", "net none\ndefaultgw 10.0.0.1", NULL,
		  "defaultgw is about a network" },
		{ "", "defaultgw 10.0.0.1\nnet none", NULL,
		  "defaultgw is about a network" },
		{ "", "net.user.forward tcp 1\nnet none", NULL,
		  "net.user.forward is about a network" },
		{ "net user\nnet.user.forward tcp 1", "net none", "none",
		  NULL },
		/* In whichever order; but whose device is meant is said. */
		{ "", "defaultgw 10.0.0.1\nnet br0", "br0 gw=0a000001", NULL },
		{ "net br1\ndefaultgw 10.0.0.9", "net br0", "br0", NULL },
		{ "net user\nnet.user.forward tcp 1",
		  "net.user.forward tcp 2\nnet user", "user [tcp 2 2]", NULL },
		{ "net user\nnet.user.forward tcp 1",
		  "net.user.forward tcp 2", "user [tcp 1 1] [tcp 2 2]", NULL },
		{ "", "ip 10.0.0.5\nnet br0", NULL,
		  "ip is about the net DEVICE in front of it" },
		{ "net br1", "ip 10.0.0.5\nnet br0", NULL,
		  "ip is about the net DEVICE in front of it" },
		{ "net br1", "ip 10.0.0.5\nnet user", NULL, "ip is about" },
		{ "dns 1.1.1.1\ndns 1.1.1.2", "dns 9.9.9.9", " dns=9.9.9.9",
		  NULL },
		{ "ip dhcp", "net none", "none", NULL },
		{ "net br0\nnet user", NULL, NULL,
		  "F:2: net user and net DEVICE (F:1) contradict" },
		{ "netns a\nnet br0", NULL, NULL, "net DEVICE and netns (F:1)" },
		{ "", "netns a\nnet br0", NULL,
		  "the options netns and net DEVICE contradict" },
		{ "blacklist /a\nip dhcp", NULL, NULL,
		  "F:2: ip is about the net DEVICE in front of it" },
		{ "ip dhcp\nnet br0", NULL, NULL, "F:1: ip is about" },
		{ "ignore net\nnet br0\nmtu 1400", NULL, NULL, "F:3: mtu is" },
		{ "net user\nip dhcp", NULL, NULL, "F:2: ip is about" },
		{ "net a\nip6 dhcp", NULL, NULL, "where a router announces" },
		{ "", "iprange 10.0.0.1,10.0.0.2", NULL, "iprange is about" },
		{ "defaultgw 10.0.0.1", NULL, NULL, "defaultgw is about" },
		{ "net.user.forward tcp 1", NULL, NULL, "about net user" },
	};

	(void)state;
	ROWS(rows);
}

static void test_refused(void **state)
{
	static const char *const lines[] = {
		"net lo", "net 1234567890123456", "net a/b", "net a:b", "net .",
		"net ..", "net a%d", "net a b", "net \xc3\xa9",
		"net a\nnet a\nnet a\nnet a\nnet a",
		"netns ../a", "netns .", "netns -a",
		"net a\nip 10.0.0", "net a\nip 10.0.0.1/24",
		"net a\nip 0.0.0.1", "net a\nip 127.0.0.1",
		"net a\nip 224.0.0.1", "net a\nip 255.255.255.255",
		"net a\nip DHCP", "net a\nip 010.0.0.1", "net a\nip fd00::5",
		"net a\nip6 10.0.0.1", "net a\nip6 ::", "net a\nip6 ::1",
		"net a\nip6 ff02::1", "net a\nip6 fd00::5/129",
		"net a\nip6 fd00::5/0", "net a\nip6 fd00::5/", "net a\nip6 dhcp",
		"net a\niprange 10.0.0.2", "net a\niprange 10.0.0.2,",
		"net a\niprange 10.0.0.3,10.0.0.2",
		"net a\niprange 10.0.0.2, 10.0.0.3",
		"net a\nnetmask 255.255.0.255", "net a\nnetmask 0.0.0.0",
		"net a\nnetmask 255.255.255.255", "net a\nnetmask 24",
		"net a\nnetmask 255.255.255.254",
		"net a\nmac 01:00:00:00:00:00", "net a\nmac 00:00:00:00:00:00",
		"net a\nmac 02:00:00:00:00", "net a\nmac 02:00:00:00:00:0",
		"net a\nmac 02:00:00:00:00:00:00", "net a\nmac 02-00-00-00-00-00",
		"net a\nmac 2:0:0:0:0:0", "net a\nmac ", "net a\nmac 02:",
		"net a\nmac +2:00:00:00:00:00",
		"net a\nmtu 67", "net a\nmtu 65536", "net a\nmtu -1",
		"net a\nveth-name 1234567890123456", "net a\nveth-name a/b",
		"net a\nveth-name all", "net a\nveth-name default",
		"dns 9.9.9", "dns example.com",
		"dns 1.0.0.1\ndns 1.0.0.2\ndns 1.0.0.3\ndns ::4\ndns 1.0.0.5",
		"hosts-file relative", "netfilter relative",
		"netfilter relative,1", "netfilter ,1", "netfilter /a,",
		"netfilter /a,1,", "netfilter /a,-j", "netfilter /a,1 2",
		"netfilter6 /a,1;2", "netfilter /a,$ARG2", "netfilter /a,\n",
		"netfilter /a,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17",
		"net.user.forward tcp", "net.user.forward sctp 1",
		"net.user.forward tcp 0", "net.user.forward tcp 65536",
		"net.user.forward tcp 1 2 3", "net.user.forward tcp8080",
		"net.user.forward tcp +1", "net.user.forward udp 1 -1",
		"net.user.forward 80",
		"net.user.forward tcp 80 1\nnet.user.forward tcp 80 2",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		cleanup_profiles_text struct profiles_text text = { 0 };
		struct error err = { 0 };
		int ret = parse(lines[i], &text, &err);

		if (ret >= 0 || err.code != -ret)
			fail_msg("%s: %d, \"%s\"", lines[i], ret, err.text);
	}
}

static void test_forward(void **state)
{
	static const struct row rows[] = {
		{ "net user\nnet.user.forward tcp 8080 80\n"
		  "net.user.forward udp 8080", NULL,
		  "user [tcp 8080 80] [udp 8080 8080]", NULL },
		{ "net.user.forward tcp 80\nnet.user.forward tcp 8080\n"
		  "net user", NULL, "user [tcp 80 80] [tcp 8080 8080]", NULL },
	};

	(void)state;
	ROWS(rows);
}

static void test_files(void **state)
{
	cleanup_profiles_text struct profiles_text text = { 0 };
	const struct profiles_policy *policy = &text.policy;

	(void)state;
	assert_int_equal(parse("netfilter\nnetfilter ${CFG}/a.net\n"
			       "netfilter6 /b//c\nhosts-file ~/hosts",
			       &text, NULL), 0);
	assert_true(profiles_has(policy, PROFILES_NETFILTER));
	assert_string_equal(policy->netfilter, "/etc/firejail/a.net");
	assert_string_equal(policy->netfilter6, "/b/c");
	assert_non_null(strstr(policy->hosts_file, "/home/hosts"));
	assert_false(profiles_net_is_own(policy));
	assert_int_equal(policy->netfilter_arguments.count, 0);
	assert_int_equal(parse("netfilter /a,9\nnetfilter ${CFG}/b,10.0.0.0/8,"
			       "eth+\nnetfilter6 /c,fd00::/8", &text, NULL), 0);
	assert_string_equal(policy->netfilter, "/etc/firejail/b");
	assert_int_equal(policy->netfilter_arguments.count, 2);
	assert_string_equal(policy->netfilter_arguments.items[0],
			    "10.0.0.0/8");
	assert_string_equal(policy->netfilter_arguments.items[1], "eth+");
	assert_int_equal(policy->netfilter6_arguments.count, 1);
	assert_int_equal(parse("netfilter /d", &text, NULL), 0);
	assert_int_equal(policy->netfilter_arguments.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_forward),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
