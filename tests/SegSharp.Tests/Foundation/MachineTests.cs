using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests.Foundation;

public sealed class MachineTests
{
    [Fact]
    public void Free_memory_is_part_of_the_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux says how much is free");

        Assert.InRange(Machine.FreeMemoryBytes!.Value, 1, Machine.MemoryBytes);
    }

    [Fact]
    public void There_is_at_least_one_core() => Assert.True(Machine.Cores >= 1);
}
