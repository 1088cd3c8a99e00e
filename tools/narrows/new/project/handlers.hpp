// What this node answers.
#pragma once

#include <narrows/node.hpp>

void add_handlers(narrows::Node& node);
