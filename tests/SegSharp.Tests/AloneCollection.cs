using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests;

/// <summary>The collection of tests that measure the process itself: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection : ICollectionFixture<NativeFixture>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "alone";
}
