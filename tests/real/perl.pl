#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Text, processes, sockets, files and signals in perl.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use File::Find;
use File::Temp;
use IO::Select;
use IO::Socket::INET;
use POSIX qw(strftime);
use Time::HiRes qw(sleep);

$| = 1;
my %count;
$count{ $_ * 31 % 97 }++ for 1 .. 20000;
print "hash ", join(' ', (sort { $a <=> $b } keys %count)[ 0 .. 4 ]), "\n";
print "text ", sha256_hex(join ',', map { sprintf '%03x', $_ } 1 .. 999), "\n";
print strftime("time %F\n", gmtime 86400);

mkdir 'tree';
for my $i (1 .. 5) {
	open my $f, '>', "tree/$i" or die $!;
	print $f 'x' x (100 * $i);
	close $f;
}
my $bytes = 0;
find(sub { $bytes += -s if -f }, 'tree');
print "find $bytes\n";
unlink glob 'tree/*';
rmdir 'tree' or die $!;

open my $sort, '-|', 'printf "b\na\n" | sort' or die $!;
print "pipe ", map { chomp; "$_ " } <$sort>;
close $sort;
print "\nstatus ", system('sh', '-c', 'exit 4') >> 8, "\n";

pipe my $read, my $write;
my $pid = fork // die $!;
if (!$pid) {
	close $read;
	print $write "from child $_\n" for 1 .. 3;
	close $write;
	exit 6;
}
close $write;
print while <$read>;
waitpid $pid, 0;
print "child ", $? >> 8, "\n";

my $server = IO::Socket::INET->new(
	Listen => 1, LocalAddr => '127.0.0.1', Proto => 'tcp') or die $@;
$pid = fork // die $!;
if (!$pid) {
	my $s = IO::Socket::INET->new(
		PeerAddr => '127.0.0.1', PeerPort => $server->sockport) or die $@;
	print $s "hello\n";
	print "client got ", scalar <$s>;
	exit 0;
}
IO::Select->new($server)->can_read(10) or die 'nobody came';
my $peer = $server->accept;
print $peer uc <$peer>;
close $peer;
waitpid $pid, 0;

local $SIG{ALRM} = sub { print "alarm\n" };
Time::HiRes::alarm(0.02);
sleep 0.2;
my $tmp = File::Temp->new;
print $tmp 'temporary';
print "temp ", ((-e $tmp->filename) ? 'there' : 'missing'), "\n";
print "done\n";
exit 3;
