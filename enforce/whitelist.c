#include "enforce/rules.h"
int files_whitelist(struct enforce_plan *plan, struct error *err) { (void)plan; (void)err; return 0; }
