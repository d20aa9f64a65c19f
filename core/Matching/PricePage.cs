using System.Runtime.InteropServices;

namespace HftEngine.Core.Matching;

/// <summary>Oldest and youngest order at one price.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
public struct PriceLevel
{
    [FieldOffset(0)]
    public uint Oldest;

    [FieldOffset(4)]
    public uint Youngest;
}

/// <summary>
/// Sixteen adjacent prices of one side of one book, with at least one order among them. One cache line of header, two
/// of levels: resting at a price that has orders already touches only the level's line.
/// </summary>
/// <remarks>
/// Prices are kept as <em>ranks</em>: the price itself for asks, its complement for bids. On both sides the best price
/// is then the lowest rank, and one code serves both.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public unsafe struct PricePage
{
    public const int SizeBytes = 192;
    public const int LevelsOffset = 64;
    public const int Levels = 16;
    public const int LevelBits = 4;

    /// <summary>Rank of the first level, divided by 16.</summary>
    [FieldOffset(0)]
    public long Key;

    /// <summary>In a free page: the next free one.</summary>
    [FieldOffset(12)]
    public uint NextFree;

    /// <summary>Instrument × 2 + side.</summary>
    [FieldOffset(16)]
    public uint BookSide;

    /// <summary>Bit i: level i has orders.</summary>
    [FieldOffset(20)]
    public uint Occupied;
}

/// <summary>One side of one instrument's book.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
public struct BookSide
{
    /// <summary>Rank of the best price that has orders; <see cref="long.MaxValue"/> when the side is empty.</summary>
    [FieldOffset(0)]
    public long BestRank;

    [FieldOffset(8)]
    public uint BestPage;

    /// <summary>Root of the tree over the side's pages; 0 = no page.</summary>
    [FieldOffset(12)]
    public uint Root;

    /// <summary>Levels of the tree; 0 = no page, 1 = the root is a leaf.</summary>
    [FieldOffset(16)]
    public uint Depth;
}
