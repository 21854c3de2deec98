// mimalloc replaces glibc's malloc in every process that links it.
#ifndef CMIMALLOC_SHIM_H
#define CMIMALLOC_SHIM_H

#include <mimalloc.h>

#endif
