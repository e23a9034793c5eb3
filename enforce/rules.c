#include "enforce/rules.h"
int files_make(struct enforce_plan *plan, struct error *err) { (void)plan; (void)err; return 0; }
int files_rules(struct enforce_plan *plan, struct error *err) { (void)plan; (void)err; return 0; }
int files_own(struct enforce_plan *plan, struct error *err) { (void)plan; (void)err; return 0; }
int files_compile(struct enforce_plan *plan, struct error *err) { (void)plan; (void)err; return 0; }
char *enforce_plan_remedy(const struct enforce_plan *plan, const char *path, int code) { (void)plan; (void)path; (void)code; return NULL; }
