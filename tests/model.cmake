# SPDX-License-Identifier: MIT
zp_gtest(model_test LABEL unit LIBRARIES zp::model SOURCES
  unit/model_description_test.cpp
  unit/model_machine_test.cpp
  unit/model_property_test.cpp)
