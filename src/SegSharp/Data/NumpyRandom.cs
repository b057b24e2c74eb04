namespace SegSharp.Data;

/// <summary>NumPy's legacy generator, as far as nnU-Net's splits need it. For parity only: all chance of SegSharp comes from <see cref="Foundation.RandomStream"/>.</summary>
/// <remarks>Source: Matsumoto and Nishimura 1998, MT19937; RandomState of NumPy (frozen since 1.17). Parity: NumPy 1.24 RandomState(seed).permutation, exact.</remarks>
internal sealed class NumpyRandom
{
    private readonly uint[] _state = new uint[624];
    private int _next = 624;

    /// <summary>RandomState(seed).</summary>
    public NumpyRandom(uint seed)
    {
        _state[0] = seed;
        for (var i = 1u; i < 624; i++)
        {
            _state[i] = (1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30))) + i;
        }
    }

    /// <summary>RandomState.permutation(count).</summary>
    public int[] Permutation(int count)
    {
        var order = Enumerable.Range(0, count).ToArray();
        for (var i = count - 1; i > 0; i--)
        {
            var j = (int)Upto((uint)i);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    // Uniform in 0 … largest: masked bits, drawn again while too large.
    private uint Upto(uint largest)
    {
        var mask = largest == 0 ? 0 : uint.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount(largest);
        uint value;
        do
        {
            value = Next() & mask;
        }
        while (value > largest);

        return value;
    }

    private uint Next()
    {
        if (_next == 624)
        {
            for (var i = 0; i < 624; i++)
            {
                var y = (_state[i] & 0x80000000) | (_state[(i + 1) % 624] & 0x7FFFFFFF);
                _state[i] = _state[(i + 397) % 624] ^ (y >> 1) ^ ((y & 1) == 0 ? 0 : 0x9908B0DF);
            }

            _next = 0;
        }

        var x = _state[_next++];
        x ^= x >> 11;
        x ^= (x << 7) & 0x9D2C5680;
        x ^= (x << 15) & 0xEFC60000;
        return x ^ (x >> 18);
    }
}
