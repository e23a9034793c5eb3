/* SPDX-License-Identifier: MIT */
/*
 * After every single call of the quiet all registers are what they have to be:
 * rax the result, rcx the address behind the call and r11 the flags, as the
 * instruction leaves them, and all others as before, also where a handler ran
 * in between. So are the vector registers, the control words and %gs.
 */
#include <asm/prctl.h>

#include "tests/progs/trap_quiet.h"

enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, R8, R9, R10, R11, R12, R13, R14, R15,
       RSP, FLAGS, COUNT };

enum { CF_TO_OF = 0xcd5, ALWAYS = 0x202, FX_CONTROL = 0, FX_MXCSR = 24,
       FX_FIRST = 32, FX_LAST = 416 };

uint64_t quiet_in[COUNT], quiet_out[COUNT], quiet_rsp;
char quiet_fx_in[512] __attribute__((aligned(16)));
char quiet_fx_out[512] __attribute__((aligned(16)));
extern const char quiet_after[];
void quiet_probe(void);

#define LOAD(number, name) \
	"mov quiet_in+8*" #number "(%rip), %" #name "\n"
#define STORE(number, name) \
	"mov %" #name ", quiet_out+8*" #number "(%rip)\n"

__asm__(".pushsection .text\n"
	"quiet_probe:\n"
	"push %rbx\npush %rbp\npush %r12\npush %r13\npush %r14\npush %r15\n"
	"mov %rsp, quiet_rsp(%rip)\n"
	"fxrstor64 quiet_fx_in(%rip)\n"
	"push quiet_in+8*16(%rip)\npopfq\n"
	LOAD(0, rax) LOAD(1, rbx) LOAD(2, rcx) LOAD(3, rdx) LOAD(4, rsi)
	LOAD(5, rdi) LOAD(6, rbp) LOAD(7, r8) LOAD(8, r9) LOAD(9, r10)
	LOAD(10, r11) LOAD(11, r12) LOAD(12, r13) LOAD(13, r14)
	LOAD(14, r15)
	"syscall\n"
	"quiet_after:\n"
	STORE(0, rax) STORE(1, rbx) STORE(2, rcx) STORE(3, rdx) STORE(4, rsi)
	STORE(5, rdi) STORE(6, rbp) STORE(7, r8) STORE(8, r9) STORE(9, r10)
	STORE(10, r11) STORE(11, r12) STORE(12, r13) STORE(13, r14)
	STORE(14, r15) STORE(15, rsp)
	"pushfq\npop quiet_out+8*16(%rip)\n"
	"cld\n"
	"fxsave64 quiet_fx_out(%rip)\n"
	"pop %r15\npop %r14\npop %r13\npop %r12\npop %rbp\npop %rbx\n"
	"ret\n"
	".popsection");

static volatile sig_atomic_t handled;

static void on_usr1(int signal)
{
	(void)signal;
	handled++;
}

/* One call, with every register filled but those that ARGUMENTS fill. */
static void probe(unsigned long round, long number, const long *arguments,
		  long result)
{
	for (int i = RBX; i < RSP; i++)
		quiet_in[i] = 0x0123456789abcdefULL * (round + 1) +
			      ((uint64_t)i << 56);
	quiet_in[RAX] = (uint64_t)number;
	if (arguments) {
		quiet_in[RDI] = (uint64_t)arguments[0];
		quiet_in[RSI] = (uint64_t)arguments[1];
	}
	quiet_in[FLAGS] = ALWAYS | (round % 2 ? CF_TO_OF : 0);
	quiet_probe();
	quiet_in[RAX] = (uint64_t)result;
	quiet_in[RCX] = (uint64_t)quiet_after;
	quiet_in[R11] = quiet_in[FLAGS];
	quiet_in[RSP] = quiet_rsp;
	for (int i = 0; i < COUNT; i++)
		if (quiet_in[i] != quiet_out[i])
			SAY("FAIL round %lu, call %ld, register %d: %lx, not %lx\n",
			    round, number, i, quiet_out[i], quiet_in[i]);
	CHECK(!memcmp(quiet_fx_in + FX_FIRST, quiet_fx_out + FX_FIRST,
		      FX_LAST - FX_FIRST));
	CHECK(!memcmp(quiet_fx_in + FX_CONTROL, quiet_fx_out + FX_CONTROL, 4));
	CHECK(!memcmp(quiet_fx_in + FX_MXCSR, quiet_fx_out + FX_MXCSR, 4));
}

static void fill_vectors(void)
{
	__asm__ volatile("fxsave64 %0" : "=m"(quiet_fx_in));
	for (int i = FX_FIRST; i < FX_LAST; i++)
		if (i >= 160 || i % 16 < 10)
			quiet_fx_in[i] = (char)(i * 7 + 1);
	quiet_fx_in[FX_MXCSR + 1] |= 0x60;	/* round to zero */
}

int main(void)
{
	static uint64_t area = 0x5ca1ab1e;
	long kill_me[] = { getpid(), SIGUSR1 }, closing[] = { -1, 0 };
	struct sigaction action = { .sa_handler = on_usr1 };
	uint64_t seen, parent = (uint64_t)getppid();

	fresh_need(0, 1);
	CHECK(!sigaction(SIGUSR1, &action, NULL));
	CHECK(!call(SYS_arch_prctl, ARCH_SET_GS, &area, 0));
	fill_vectors();
	for (unsigned long round = 0; round < DULL; round++) {
		int before = handled;

		if (round % 64 == 1) {
			probe(round, SYS_kill, kill_me, 0);
			CHECK(handled == before + 1);
		} else if (round % 16 == 3) {
			probe(round, SYS_close, closing, -EBADF);
		} else {
			probe(round, SYS_getppid, NULL, (long)parent);
		}
		__asm__ volatile("mov %%gs:0, %0" : "=r"(seen));
		CHECK(seen == area);
	}
	FRESH_HIT(0);
	return 0;
}
