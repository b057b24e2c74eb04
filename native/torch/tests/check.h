// A test is a function that registers itself; a failed check throws. Nothing more is needed here.
#pragma once

#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>

namespace check {

int add(const char* name, std::function<void()> body);

/// Thrown by a test that cannot run here, with the reason.
struct Skip : std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <class A, class B>
void equal(const A& expected, const B& found, const char* text, const char* file, int line)
{
    if (expected == found) return;
    std::ostringstream message;
    message << file << ':' << line << ": " << text << " is " << found << ", expected " << expected;
    throw std::runtime_error(message.str());
}

}  // namespace check

#define CHECK_JOIN2(a, b) a##b
#define CHECK_JOIN(a, b) CHECK_JOIN2(a, b)
#define TEST(name)                                              \
    static void name();                                         \
    static const int CHECK_JOIN(added_, name) = check::add(#name, name); \
    static void name()
#define VERIFY_EQUAL(expected, found) check::equal(expected, found, #found, __FILE__, __LINE__)
#define VERIFY(condition) check::equal(true, static_cast<bool>(condition), #condition, __FILE__, __LINE__)
