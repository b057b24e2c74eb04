#include "check.h"

#include <cstdio>
#include <cstring>
#include <exception>
#include <vector>

namespace check {
namespace {

struct Case {
    const char* name;
    std::function<void()> body;
};

std::vector<Case>& cases()
{
    static std::vector<Case> all;
    return all;
}

}  // namespace

int add(const char* name, std::function<void()> body)
{
    cases().push_back({name, std::move(body)});
    return 0;
}

}  // namespace check

/// Runs every test, or those whose name contains the first argument.
int main(int argc, char** argv)
{
    int passed = 0, failed = 0, skipped = 0;
    for (const auto& test : check::cases()) {
        if (argc > 1 && std::strstr(test.name, argv[1]) == nullptr) continue;
        try {
            test.body();
            ++passed;
        } catch (const check::Skip& reason) {
            std::printf("skip %s: %s\n", test.name, reason.what());
            ++skipped;
        } catch (const std::exception& error) {
            std::printf("FAIL %s\n     %s\n", test.name, error.what());
            ++failed;
        }
    }
    std::printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed == 0 && passed > 0 ? 0 : 1;
}
