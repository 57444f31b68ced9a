// SPDX-License-Identifier: MIT
#pragma once

namespace zp {

// Where standard input, output or error were closed by who started this, the next files opened
// would take their places, and what is printed would go into them. From here on it goes nowhere,
// and flush_stdout() says so. To be called before any file is opened.
void keep_standard_descriptors();

}  // namespace zp
