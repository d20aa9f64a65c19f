using System;
using HftEngine.Core.Memory;
using HftEngine.Core.State;

namespace HftEngine.Core.Ledger;

/// <summary>
/// What accounts traded on each of the last days, in units of the reference currency. A row is brought up to the trading
/// date when it is looked at, so a roll costs nothing here.
/// </summary>
/// <remarks>A row is 32 words: account and date, then a ring of 31 days, today's and the thirty before it.</remarks>
internal unsafe struct VolumeTable : IDisposable
{
    private const uint Days = 31;
    private const uint RowWords = Days + 1;

    private readonly NativeArray<long> _rows;
    private readonly uint _capacity;

    public VolumeTable(uint capacity)
    {
        _capacity = capacity;
        _rows = new NativeArray<long>((capacity + 1) * RowWords);
        Count = 0;
    }

    /// <summary>Rows 1 … Count are in use.</summary>
    public uint Count { get; private set; }

    /// <summary>A row for the account; 0 when there is none left: its volume counts as nothing.</summary>
    public uint Add(uint accountId, uint date)
    {
        if (Count == _capacity)
        {
            return 0;
        }

        Row(++Count)[0] = (long)(accountId | ((ulong)date << 32));
        return Count;
    }

    public readonly void Trade(uint row, uint date, long worth)
    {
        BringUpTo(row, date);
        ref long today = ref Row(row)[1 + (date % Days)];
        today = worth > long.MaxValue - today ? long.MaxValue : today + worth;
    }

    /// <summary>Sum of the thirty days before the date.</summary>
    public readonly long VolumeBefore(uint row, uint date)
    {
        if (row == 0)
        {
            return 0;
        }

        BringUpTo(row, date);
        Int128 sum = 0;
        for (uint day = 0; day < Days; day++)
        {
            sum += day == date % Days ? 0 : Row(row)[1 + day];
        }

        return (long)Int128.Min(sum, long.MaxValue);
    }

    public readonly uint AccountOf(uint row) => (uint)Row(row)[0];

    public readonly void Save(ref StateWriter state)
    {
        state.Begin(StateSection.Volumes);
        for (uint row = 1; row <= Count; row++)
        {
            for (uint i = 0; i < RowWords; i++)
            {
                state.Word(Row(row)[i]);
            }
        }

        state.EndList();
        state.End();
    }

    /// <summary>The next saved row; 0 at the list's end.</summary>
    public uint Load(ref StateReader state)
    {
        long first = state.Signed();
        if (first == 0)
        {
            return 0;
        }

        state.Require(Count < _capacity, "there are too many volumes");
        Row(++Count)[0] = first;
        for (uint i = 1; i < RowWords; i++)
        {
            Row(Count)[i] = state.Signed();
            state.Require(Row(Count)[i] >= 0, "a volume is negative");
        }

        return Count;
    }

    public readonly void Dispose() => _rows.Dispose();

    /// <summary>Days that passed since the row was last looked at had no trade.</summary>
    private readonly void BringUpTo(uint row, uint date)
    {
        uint last = (uint)((ulong)Row(row)[0] >> 32);
        for (uint passed = Math.Min(date - last, Days); passed > 0; passed--)
        {
            Row(row)[1 + ((date - passed + 1) % Days)] = 0;
        }

        Row(row)[0] = (long)((uint)Row(row)[0] | ((ulong)date << 32));
    }

    private readonly long* Row(uint row) => _rows.Pointer + (row * RowWords);
}
