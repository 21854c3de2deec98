// libcurl. Its variadic calls cannot be imported into Swift; each gets a typed inline wrapper here.
#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H

#include <curl/curl.h>

#endif
