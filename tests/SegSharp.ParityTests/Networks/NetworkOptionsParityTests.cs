using SegSharp.Networks;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.ParityTests.Networks;

/// <summary>
/// Options that no fixture of an original has: uneven strides and kernels, other normalisations, orders and ways up, numbers that
/// stand for all levels. The networks were written in PyTorch by hand (<c>scripts/network_options.py</c>).
/// </summary>
[Collection("native")]
public sealed class NetworkOptionsParityTests
{
    private static readonly string Room = Path.Combine(ParityCases.Own, "network-options");

    public static TheoryData<string> Cases => [.. Directory.EnumerateDirectories(Room).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_and_gradients_are_PyTorchs(string name)
    {
        var report = Verification.CheckCase(Path.Combine(Room, name));

        Assert.True(report.Outcome == CaseOutcome.Passed, $"{report.Note}\n{string.Join('\n', report.Comparisons.Where(c => c.Passed == false))}");
        Assert.Contains(report.Comparisons, c => c.What.StartsWith("gradient param", StringComparison.Ordinal) && c.Passed == true);
    }
}
