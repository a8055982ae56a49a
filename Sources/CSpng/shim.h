// libspng as the system has it.
#pragma once
#include <spng.h>
