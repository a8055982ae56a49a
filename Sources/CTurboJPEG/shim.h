// libjpeg-turbo as the system has it.
#pragma once
#include <turbojpeg.h>
