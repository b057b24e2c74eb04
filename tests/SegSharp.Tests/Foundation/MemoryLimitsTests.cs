using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests.Foundation;

public sealed class MemoryLimitsTests : IDisposable
{
    private const long Gigabyte = 1L << 30;
    private readonly string _root = Directory.CreateTempSubdirectory("segsharp-limits").FullName;

    public MemoryLimitsTests() => Write("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:         1048576 kB\nMemAvailable:    8388608 kB\n");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Without_limits_the_machine_is_all_there_is()
    {
        Assert.Equal((16 * Gigabyte, (long?)null, 8 * Gigabyte), (Limits().Physical, Limits().Limit, Limits().Free));
    }

    [Fact]
    public void The_least_limit_of_all_groups_of_version_2_counts_and_files_that_can_be_dropped_do_not()
    {
        Write("proc/self/cgroup", "0::/user.slice/job\n");
        Write("cgroup/user.slice/job/memory.max", "max\n");
        Write("cgroup/user.slice/memory.max", $"{4 * Gigabyte}\n");
        Write("cgroup/user.slice/memory.current", $"{3 * Gigabyte}\n");
        Write("cgroup/user.slice/memory.stat", $"anon 1\ninactive_file {2 * Gigabyte}\n");

        Assert.Equal((4 * Gigabyte, 3 * Gigabyte), (Limits().Limit, Limits().Free));
    }

    [Fact]
    public void Version_1_is_walked_up_as_well_and_unlimited_groups_say_nothing()
    {
        Write("proc/self/cgroup", "9:name=systemd:/\n4:cpu,memory:/docker/3f2a\n0::/\n");
        Write("cgroup/memory/docker/3f2a/memory.limit_in_bytes", "9223372036854771712\n");
        Write("cgroup/memory/docker/memory.limit_in_bytes", $"{6 * Gigabyte}\n");
        Write("cgroup/memory/docker/memory.usage_in_bytes", $"{5 * Gigabyte}\n");
        Write("cgroup/memory/docker/memory.stat", $"inactive_file 5\ntotal_inactive_file {Gigabyte}\n");

        Assert.Equal((6 * Gigabyte, 2 * Gigabyte), (Limits().Limit, Limits().Free));
    }

    [Fact]
    public void Inside_a_container_the_root_of_the_groups_is_the_container()
    {
        Write("proc/self/cgroup", "4:memory:/the/path/of/the/host\n");
        Write("cgroup/memory/memory.limit_in_bytes", $"{2 * Gigabyte}\n");
        Write("cgroup/memory/memory.usage_in_bytes", $"{Gigabyte}\n");

        Assert.Equal((2 * Gigabyte, Gigabyte), (Limits().Limit, Limits().Free));
    }

    [Fact]
    public void Resource_limits_count_less_what_is_taken_already()
    {
        Write("proc/self/status", "VmSize:\t 3145728 kB\nVmRSS:\t  524288 kB\nVmData:\t 1048576 kB\n");
        Write("proc/self/limits", $"Limit                     Soft Limit           Hard Limit           Units     \nMax data size             {5 * Gigabyte,-20} unlimited            bytes     \nMax address space         unlimited            unlimited            bytes     \n");

        Assert.Equal((5 * Gigabyte, 4 * Gigabyte), (Limits().Limit, Limits().Free));

        Write("proc/self/limits", $"Max address space         {4 * Gigabyte,-20} unlimited            bytes     \n");

        Assert.Equal((4 * Gigabyte, Gigabyte), (Limits().Limit, Limits().Free));
        Assert.Equal(Gigabyte / 2, Limits().Process("VmRSS"));
    }

    [Fact]
    public void Where_the_system_says_nothing_nothing_is_known()
    {
        File.Delete(Path.Combine(_root, "proc/meminfo"));

        Assert.Equal((null, null, null), (Limits().Physical, Limits().Limit, Limits().Free));
    }

    private MemoryLimits Limits() => new(Path.Combine(_root, "proc"), Path.Combine(_root, "cgroup"));

    private void Write(string file, string text)
    {
        var path = Path.Combine(_root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
