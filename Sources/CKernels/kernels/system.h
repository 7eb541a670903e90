// System headers come before any target attribute is pushed.
#pragma once
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "../include/martlet_kernels.h"
