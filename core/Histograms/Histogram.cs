using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace HftEngine.Core.Histograms;

/// <summary>
/// High dynamic range histogram: counts of non-negative values, each kept to a number of significant decimal digits
/// over the whole range, in a table that is taken at construction. Recording is a few instructions and allocates nothing.
/// </summary>
/// <remarks>
/// The algorithm is HdrHistogram's (hdrhistogram.org): buckets that double in width, each divided evenly, so the index
/// of a value follows from its highest bit. Indexes agree with the other implementations, so files do as well.
/// Not thread-safe; see <see cref="HistogramRecorder"/> for a live writer and a reader.
/// </remarks>
public sealed partial class Histogram
{
    private readonly long[] _counts;
    private readonly long _mask;
    private readonly int _leadingZerosOfFirst;
    private readonly int _halfBits;
    private readonly int _unitBits;
    private long _max;
    private long _minAboveZero = long.MaxValue;

    /// <param name="lowestDiscernible">≥ 1: values below it need not be told from each other.</param>
    /// <param name="highestTrackable">≥ 2 × <paramref name="lowestDiscernible"/>: greater values are refused.</param>
    /// <param name="significantDigits">1 … 5 decimal digits that a recorded value keeps.</param>
    public Histogram(long lowestDiscernible, long highestTrackable, int significantDigits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lowestDiscernible, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lowestDiscernible, long.MaxValue / 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(highestTrackable, 2 * lowestDiscernible);
        ArgumentOutOfRangeException.ThrowIfLessThan(significantDigits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(significantDigits, 5);
        LowestDiscernible = lowestDiscernible;
        HighestTrackable = highestTrackable;
        SignificantDigits = significantDigits;

        // Up to this value single units are told apart; from there on the digits decide.
        long singleUnits = 2;
        for (int i = 0; i < significantDigits; i++)
        {
            singleUnits *= 10;
        }

        int subBucketBits = BitOperations.Log2((ulong)singleUnits - 1) + 1;
        _unitBits = BitOperations.Log2((ulong)lowestDiscernible);
        if (subBucketBits + _unitBits > 62)
        {
            throw new ArgumentOutOfRangeException(
                nameof(significantDigits), "So many digits of so coarse a unit do not fit into 63 bits.");
        }

        _halfBits = subBucketBits - 1;
        SubBucketCount = 1 << subBucketBits;
        _mask = ((long)SubBucketCount - 1) << _unitBits;
        _leadingZerosOfFirst = 64 - _unitBits - subBucketBits;
        BucketCount = BucketsFor(highestTrackable);
        _counts = new long[(BucketCount + 1) << _halfBits];
    }

    public long LowestDiscernible { get; }

    public long HighestTrackable { get; }

    public int SignificantDigits { get; }

    public int BucketCount { get; }

    public int SubBucketCount { get; }

    public long TotalCount { get; private set; }

    /// <summary>Bytes of the table.</summary>
    public long SizeBytes => (long)_counts.Length * sizeof(long);

    /// <summary>Greatest recorded value, to its resolution; 0 when nothing was recorded.</summary>
    public long Max => _max == 0 ? 0 : HighestEquivalent(_max);

    /// <summary>Least recorded value, to its resolution; 0 when nothing was recorded.</summary>
    public long Min => _counts[0] > 0 || TotalCount == 0 ? 0 : LowestEquivalent(_minAboveZero);

    /// <summary>Length of the table of counts.</summary>
    internal int Length => _counts.Length;

    /// <summary>Records one value of 0 … <see cref="HighestTrackable"/>; false, and nothing recorded, beyond it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRecord(long value)
    {
        int index = IndexOf(value);
        if ((uint)index >= (uint)_counts.Length || value < 0)
        {
            return false;
        }

        _counts[index]++;
        TotalCount++;
        if (value > _max)
        {
            _max = value;
        }

        if (value < _minAboveZero && value != 0)
        {
            _minAboveZero = value;
        }

        return true;
    }

    /// <summary>Records a value; one beyond the range counts as the greatest that the table can hold.</summary>
    public void RecordClamped(long value) => TryRecord(Math.Clamp(value, 0, HighestTrackable));

    /// <summary>Records a value <paramref name="count"/> ≥ 0 times.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Value or count is out of range.</exception>
    public void Record(long value, long count = 1)
    {
        int index = IndexOf(value);
        if (value < 0 || (uint)index >= (uint)_counts.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "Outside the histogram's range.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(count);
        AddAt(index, count);
        if (count > 0)
        {
            NoteExtremes(value);
        }
    }

    /// <summary>
    /// Records a value and, when it is longer than the interval at which values were due, those that it kept from
    /// being taken: what a client would have seen that did not wait (correction of coordinated omission).
    /// </summary>
    public void RecordWithExpectedInterval(long value, long expectedInterval)
    {
        Record(value);
        if (expectedInterval <= 0)
        {
            return;
        }

        for (long missing = value - expectedInterval; missing >= expectedInterval; missing -= expectedInterval)
        {
            Record(missing);
        }
    }

    /// <summary>Adds all counts of another histogram, whatever its resolution.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It holds a value beyond this one's range.</exception>
    public void Add(Histogram other)
    {
        if (IndexOf(other.LowestEquivalent(other._max)) >= _counts.Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(other), $"It holds {other.Max}, this one ends at {HighestTrackable}.");
        }

        for (int i = 0; i < other._counts.Length; i++)
        {
            if (other._counts[i] > 0)
            {
                Record(other.ValueAt(i), other._counts[i]);
            }
        }

        if (other.TotalCount > 0)
        {
            NoteExtremes(other._max);
            NoteExtremes(other._minAboveZero == long.MaxValue ? 0 : other._minAboveZero);
        }
    }

    public void Clear()
    {
        Array.Clear(_counts);
        TotalCount = 0;
        _max = 0;
        _minAboveZero = long.MaxValue;
    }

    /// <summary>How often values equal to this one, to the resolution, were recorded.</summary>
    public long CountAt(long value) => _counts[Math.Clamp(IndexOf(value), 0, _counts.Length - 1)];

    /// <summary>Least value that is not told from <paramref name="value"/>.</summary>
    public long LowestEquivalent(long value)
    {
        int bucket = BucketOf(value);
        return (value >> (bucket + _unitBits)) << (bucket + _unitBits);
    }

    /// <summary>Greatest value that is not told from <paramref name="value"/>.</summary>
    public long HighestEquivalent(long value) => LowestEquivalent(value) + SizeOfEquivalents(value) - 1;

    /// <summary>The middle of the values that are not told from <paramref name="value"/>.</summary>
    public long MedianEquivalent(long value) => LowestEquivalent(value) + (SizeOfEquivalents(value) >> 1);

    /// <summary>How many values are not told from <paramref name="value"/>.</summary>
    public long SizeOfEquivalents(long value)
    {
        int bucket = BucketOf(value);
        bool above = (value >> (bucket + _unitBits)) >= SubBucketCount;
        return 1L << (_unitBits + bucket + (above ? 1 : 0));
    }

    internal long CountAtIndex(int index) => _counts[index];

    /// <summary>Lowest value of a place in the table.</summary>
    internal long ValueAt(int index)
    {
        int bucket = (index >> _halfBits) - 1;
        int half = 1 << _halfBits;
        int sub = (index & (half - 1)) + half;
        if (bucket < 0)
        {
            sub -= half;
            bucket = 0;
        }

        return (long)sub << (bucket + _unitBits);
    }

    /// <summary>Place of a value, which may lie behind the table's end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int IndexOf(long value)
    {
        int bucket = BucketOf(value);
        int sub = (int)(value >> (bucket + _unitBits));
        return ((bucket + 1) << _halfBits) + sub - (1 << _halfBits);
    }

    internal void AddAt(int index, long count)
    {
        _counts[index] += count;
        TotalCount += count;
    }

    internal void NoteExtremes(long value)
    {
        _max = Math.Max(_max, value);
        if (value != 0)
        {
            _minAboveZero = Math.Min(_minAboveZero, value);
        }
    }

    /// <summary>Takes over all of another histogram of the same shape.</summary>
    internal void CopyFrom(Histogram other)
    {
        Array.Copy(other._counts, _counts, _counts.Length);
        TotalCount = other.TotalCount;
        _max = other._max;
        _minAboveZero = other._minAboveZero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int BucketOf(long value) => _leadingZerosOfFirst - BitOperations.LeadingZeroCount((ulong)(value | _mask));

    private int BucketsFor(long highest)
    {
        long end = (long)SubBucketCount << _unitBits;
        int buckets = 1;
        while (end <= highest)
        {
            buckets++;
            if (end > long.MaxValue / 2)
            {
                break;
            }

            end <<= 1;
        }

        return buckets;
    }
}
