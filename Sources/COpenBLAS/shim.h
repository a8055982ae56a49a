// OpenBLAS as the system has it: CBLAS and the calls that tell of its threads and core.
#pragma once
#include <cblas.h>
