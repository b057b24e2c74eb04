// The allocator's counters are exact, its cache is bounded, and it can be switched off.
#include "bridge.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace {

Handle bytes(int64_t n)
{
    Handle t;
    done(sg_empty(&n, 1, 0, 0, 0, 0, t.out()));
    return t;
}

constexpr int64_t MiB = int64_t{1} << 20;

}  // namespace

TEST(live_and_peak_bytes_are_exact)
{
    Switch on("allocator", 1);
    auto live = counter("live_bytes");
    done(sg_reset_counter("peak_bytes"));
    VERIFY_EQUAL(live, counter("peak_bytes"));
    {
        auto a = bytes(1000);
        VERIFY_EQUAL(live + 1000, counter("live_bytes"));
        auto b = bytes(5 * MiB + 7);
        VERIFY_EQUAL(live + 1000 + 5 * MiB + 7, counter("live_bytes"));
        b = Handle();
        VERIFY_EQUAL(live + 1000, counter("live_bytes"));
        VERIFY_EQUAL(live + 1000 + 5 * MiB + 7, counter("peak_bytes"));
    }
    VERIFY_EQUAL(live, counter("live_bytes"));
    done(sg_reset_counter("peak_bytes"));
    VERIFY_EQUAL(live, counter("peak_bytes"));
}

TEST(allocations_are_counted)
{
    Switch on("allocator", 1);
    done(sg_reset_counter("allocations"));
    auto a = bytes(10), b = bytes(3 * MiB);
    VERIFY_EQUAL(2, counter("allocations"));
}

TEST(a_freed_block_is_handed_out_again)
{
    Switch on("allocator", 1);
    done(sg_empty_cache());
    auto reserve = bytes(64 * MiB);  // raises what was live at once, so that the next block may be kept
    reserve = Handle();
    done(sg_empty_cache());
    auto a = bytes(8 * MiB);
    void* address = sg_data(a.get());
    a = Handle();
    VERIFY(counter("cached_bytes") >= 6 * MiB);  // whole huge pages
    auto b = bytes(8 * MiB - 100);
    VERIFY(sg_data(b.get()) == address);
    auto c = bytes(2 * MiB);
    VERIFY(sg_data(c.get()) != address);
}

TEST(neighbours_are_joined_when_they_are_freed)
{
    Switch on("allocator", 1);
    std::vector<Handle> parts;
    for (int k = 0; k < 8; ++k) parts.push_back(bytes(4 * MiB));
    auto* lowest = sg_data(parts[0].get());
    for (auto& part : parts) lowest = std::min(lowest, sg_data(part.get()));
    for (size_t k : {1, 3, 0, 2, 7, 5, 6, 4}) parts[k] = Handle();
    auto whole = bytes(32 * MiB);
    VERIFY(sg_data(whole.get()) <= lowest);
}

TEST(blocks_never_overlap)
{
    Switch on("allocator", 1);
    struct Block { Handle tensor; unsigned char mark; int64_t size; };
    std::vector<Block> live;
    uint32_t chance = 12345;
    for (int round = 0; round < 2000; ++round) {
        chance = chance * 1664525 + 1013904223;
        if (live.size() > 24 || (chance >> 30) == 0) {
            if (live.empty()) continue;
            size_t k = (chance >> 8) % live.size();
            auto* data = static_cast<unsigned char*>(sg_data(live[k].tensor.get()));
            for (int64_t at : {int64_t{0}, live[k].size / 2, live[k].size - 1}) VERIFY_EQUAL(int{live[k].mark}, int{data[at]});
            live.erase(live.begin() + static_cast<long>(k));
        } else {
            Block b{Handle(), static_cast<unsigned char>(round), static_cast<int64_t>(MiB / 2 + chance % (3 * MiB))};
            b.tensor = bytes(b.size);
            auto* data = static_cast<unsigned char*>(sg_data(b.tensor.get()));
            for (int64_t at : {int64_t{0}, b.size / 2, b.size - 1}) data[at] = b.mark;
            live.push_back(std::move(b));
        }
    }
}

TEST(data_is_aligned_for_vectors)
{
    Switch on("allocator", 1);
    for (int64_t n : {int64_t{1}, int64_t{100}, int64_t{70000}, MiB, 3 * MiB + 1}) {
        auto t = bytes(n);
        auto address = reinterpret_cast<uintptr_t>(sg_data(t.get()));
        VERIFY_EQUAL(uintptr_t{0}, address % 64);
        std::memset(sg_data(t.get()), 0xAB, static_cast<size_t>(n));
    }
}

TEST(the_cache_keeps_to_its_limit)
{
    Switch on("allocator", 1);
    Switch limit("cache_megabytes", 4);
    done(sg_empty_cache());
    { auto a = bytes(3 * MiB), b = bytes(3 * MiB), c = bytes(20 * MiB); }
    VERIFY(counter("cached_bytes") <= 4 * MiB);
    done(sg_set_switch("cache_megabytes", 0));
    VERIFY_EQUAL(0, counter("cached_bytes"));
}

TEST(the_cache_does_not_raise_the_peak)
{
    Switch on("allocator", 1);
    done(sg_empty_cache());
    { auto most = bytes(256 * MiB); }
    auto live = counter("live_bytes");
    for (int64_t size = 10; size <= 90; size += 10) bytes(size * MiB);
    VERIFY(counter("cached_bytes") + counter("live_bytes") - live <= 272 * MiB);
}

TEST(empty_cache_gives_everything_back)
{
    Switch on("allocator", 1);
    { auto a = bytes(16 * MiB); }
    done(sg_empty_cache());
    VERIFY_EQUAL(0, counter("cached_bytes"));
}

TEST(switched_off_it_counts_nothing_and_frees_what_it_made)
{
    Switch on("allocator", 1);
    auto live = counter("live_bytes");
    auto mine = bytes(2 * MiB);
    {
        Switch off("allocator", 0);
        auto other = bytes(2 * MiB);
        VERIFY_EQUAL(live + 2 * MiB, counter("live_bytes"));
        mine = Handle();
        VERIFY_EQUAL(live, counter("live_bytes"));
    }
}

TEST(libtorchs_own_tensors_are_counted)
{
    Switch on("allocator", 1);
    auto live = counter("live_bytes");
    auto t = at::zeros({1000}, at::kFloat);
    VERIFY_EQUAL(live + 4000, counter("live_bytes"));
}
