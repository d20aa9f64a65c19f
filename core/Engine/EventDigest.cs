using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HftEngine.Core;

/// <summary>
/// The running digest over all events: two engines that applied the same commands hold the same value.
/// </summary>
/// <remarks>
/// The stream is cut into stripes of 32 bytes, four lanes of 64 bits. Each stripe is keyed by its place within a block
/// of 16 stripes; lane' = lane + low32(x) · high32(x) + neighbour's data, with x = data ^ key, after XXH3's accumulator
/// (github.com/Cyan4973/xxHash, XXH3 specification). After each block the lanes are multiplied and mixed, so that
/// blocks do not commute. It detects difference, not forgery. Scalar and vector code give the same value.
/// </remarks>
public struct EventDigest
{
    public const int StripeBytes = 32;
    private const int StripesPerBlock = 16;
    private const int BlockBytes = StripesPerBlock * StripeBytes;
    private const ulong Prime = 0x9E3779B185EBCA87;

    private Vector256<ulong> _lanes;
    private ulong _stripes;

    public static EventDigest Start() => new()
    {
        _lanes = Vector256.Create(0x243F6A8885A308D3UL, 0x13198A2E03707344UL, 0xA4093822299F31D0UL, 0x082EFA98EC4E6C89UL),
    };

    /// <summary>How many stripes of 32 bytes went in.</summary>
    public readonly ulong Stripes => _stripes;

    /// <summary>Takes in whole stripes.</summary>
    /// <param name="data">First byte.</param>
    /// <param name="bytes">A multiple of 32.</param>
    public unsafe void Update(byte* data, long bytes)
    {
        byte* end = data + bytes;
        while (data < end && (_stripes & (StripesPerBlock - 1)) != 0)
        {
            TakeStripe(data);
            data += StripeBytes;
        }

        // Whole blocks: the keys are constants of their places, so nothing but the lanes goes round the loop.
        Vector256<ulong> lanes = _lanes;
        byte* wholeEnd = data + ((end - data) & -BlockBytes);
        _stripes += (ulong)((wholeEnd - data) / StripeBytes);
        for (; data < wholeEnd; data += BlockBytes)
        {
            for (int i = 0; i < BlockBytes; i += 4 * StripeBytes)
            {
                ulong place = (ulong)(i / StripeBytes);
                lanes = Accumulate(lanes, Vector256.Load((ulong*)(data + i)), place);
                lanes = Accumulate(lanes, Vector256.Load((ulong*)(data + i + StripeBytes)), place + 1);
                lanes = Accumulate(lanes, Vector256.Load((ulong*)(data + i + (2 * StripeBytes))), place + 2);
                lanes = Accumulate(lanes, Vector256.Load((ulong*)(data + i + (3 * StripeBytes))), place + 3);
            }

            lanes = Scramble(lanes);
        }

        _lanes = lanes;
        for (; data < end; data += StripeBytes)
        {
            TakeStripe(data);
        }
    }

    private unsafe void TakeStripe(byte* data)
    {
        _lanes = Accumulate(_lanes, Vector256.Load((ulong*)data), _stripes & (StripesPerBlock - 1));
        _stripes++;
        if ((_stripes & (StripesPerBlock - 1)) == 0)
        {
            _lanes = Scramble(_lanes);
        }
    }

    /// <summary>The value now; more may follow.</summary>
    public readonly ulong Value
    {
        get
        {
            ulong h = _stripes * Prime;
            for (int i = 0; i < 4; i++)
            {
                h = (h ^ _lanes[i]) * Prime;
                h ^= h >> 32;
            }

            return h;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Accumulate(Vector256<ulong> lanes, Vector256<ulong> block, ulong place)
    {
        // The key walks with the stripe's place in its block, so that two stripes cannot change places unnoticed.
        Vector256<ulong> key = Vector256.Create((place + 1) * Prime);
        Vector256<ulong> keyed = block ^ key;
        Vector256<ulong> high = Vector256.ShiftRightLogical(keyed, 32);
        Vector256<ulong> product = Avx2.IsSupported
            ? Avx2.Multiply(keyed.AsUInt32(), high.AsUInt32())
            : (keyed & Vector256.Create(0xFFFFFFFFUL)) * high;
        Vector256<ulong> swapped = Vector256.Shuffle(block, Vector256.Create(1UL, 0UL, 3UL, 2UL));
        return lanes + product + swapped;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Scramble(Vector256<ulong> lanes)
    {
        lanes ^= Vector256.ShiftRightLogical(lanes, 47);
        return (lanes ^ Vector256.Create(0xB8FE6C3923A44BBEUL)) * Vector256.Create(Prime);
    }

    /// <summary>The lanes and the stripe count, for snapshots.</summary>
    public readonly void Save(Span<ulong> five)
    {
        for (int i = 0; i < 4; i++)
        {
            five[i] = _lanes[i];
        }

        five[4] = _stripes;
    }

    public static EventDigest Load(ReadOnlySpan<ulong> five) => new()
    {
        _lanes = Vector256.Create(five[..4]),
        _stripes = five[4],
    };
}
