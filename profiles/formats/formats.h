/* SPDX-License-Identifier: MIT */
/*
 * What the formats share; for profiles/formats/ alone. A format is a row, in a
 * file of its own.
 */
#ifndef JAIL_PROFILES_FORMATS_H
#define JAIL_PROFILES_FORMATS_H

#include "profiles/profiles.h"

#endif
