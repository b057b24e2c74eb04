using SegSharp.Torch;

namespace SegSharp;

/// <summary>What belongs to the machine a run is on and not to its recipe.</summary>
public sealed record RunSettings
{
    /// <summary>Threads of one operator. A part of what makes a run repeat bit for bit, so it is stored.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Where it computes.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>Whether a run that lies in the folder already may be replaced.</summary>
    public bool Overwrite { get; init; }

    /// <summary>For time stamps.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
