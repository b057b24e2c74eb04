// No C++ exception may cross the ABI: every function that can fail runs its body inside `guarded`.
#pragma once

#include <c10/util/Exception.h>

#include <new>
#include <string>
#include <utility>

namespace segsharp {

enum Status : int { Done = 0, LibtorchError = 1, CppError = 2, UnknownError = 3, OutOfMemory = 4, WrongArguments = 5 };

/// Thrown inside the bridge for a misuse of the ABI itself; becomes status 5.
class ArgumentError : public std::exception {
public:
    explicit ArgumentError(std::string message) : message_(std::move(message)) {}
    const char* what() const noexcept override { return message_.c_str(); }

private:
    std::string message_;
};

/// Keeps `message` for sg_error on this thread. Never throws: without memory for the text it keeps a shorter one.
void set_error(const char* message) noexcept;
const char* last_error() noexcept;

/// Translates the exception in flight into a status and keeps its message.
int status_of_current_exception() noexcept;

template <class Body>
int guarded(Body&& body) noexcept
{
    try {
        body();
        return Done;
    } catch (...) {
        return status_of_current_exception();
    }
}

/// Throws ArgumentError "`function` was given no `argument`" for a null pointer.
void require(const void* pointer, const char* function, const char* argument);

/// Copies a text out with a terminator; `*length` is its full length without it. Throws ArgumentError when it does not fit.
void copy_text(const std::string& text, char* utf8, int capacity, int* length, const char* function);

}  // namespace segsharp
