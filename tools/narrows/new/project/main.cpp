#include "handlers.hpp"

int main(int argc, char** argv) {
  narrows::Node node{narrows::options_from(argc, argv)};
  add_handlers(node);
  return node.run();
}
