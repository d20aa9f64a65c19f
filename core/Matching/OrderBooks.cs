using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using HftEngine.Core.Memory;

namespace HftEngine.Core.Matching;

/// <summary>What matching does with each maker that the taker reaches, best price first, oldest first.</summary>
internal interface IMatchHandler
{
    /// <summary>Decides before a fill; only <see cref="MakerAction.Trade"/> trades. It may take lots from the taker.</summary>
    MakerAction Inspect(ref RestingOrder maker, uint slot, ref long takerLots);

    /// <summary>Called for each fill, after the maker's open lots were reduced and before a dead maker leaves.</summary>
    void Fill(ref RestingOrder maker, uint slot, long price, long lots, long takerOpenLots);

    /// <summary>The maker's slot left the book because it was filled.</summary>
    void MakerDone(uint slot);
}

/// <summary>How far apart the records of the order slab are.</summary>
internal interface IOrderLayout
{
    static abstract int SlotShift { get; }
}

/// <summary>The bare book: nothing but <see cref="RestingOrder"/>.</summary>
internal readonly struct BareLayout : IOrderLayout
{
    public static int SlotShift => 5;
}

internal enum MakerAction
{
    Trade,

    /// <summary>The handler changed the book (took the maker out, reduced it): look at the best order again.</summary>
    LookAgain,

    Stop,
}

/// <summary>
/// The price-time books of all instruments over shared slabs. It knows nothing of accounts' money or of messages: slots
/// are given to it and come back.
/// </summary>
/// <remarks>
/// The order slab is owned here because the links are; which slot is free is the caller's business
/// (<see cref="OrderSlots"/>), so that a tape with dense ids can use the id as the slot.
/// </remarks>
internal unsafe struct OrderBooks<TLayout> : IDisposable
    where TLayout : struct, IOrderLayout
{
    private readonly NativeRegion _orderSlab;
    private readonly NativeArray<PricePage> _pageSlab;
    private readonly NativeArray<BookSide> _sideTable;
    private PageDirectory _directory;
    private PageTree _tree;
    private readonly byte* _orders;
    private readonly byte* _pages;
    private readonly BookSide* _sides;
    private uint _freePage;
    private uint _freshPage;

    // Only a hint: fetching leaves pays where pages come and go all the time, and costs a tenth where they do not.
    private const uint LeavesPerNewPage = 3;
    private uint _leavesToFetch;

    /// <param name="maxOrders">Slots 1 … maxOrders.</param>
    /// <param name="maxPricePages">Pages 1 … maxPricePages.</param>
    /// <param name="maxInstruments">Instruments 0 … maxInstruments − 1.</param>
    public OrderBooks(uint maxOrders, uint maxPricePages, uint maxInstruments)
    {
        MaxOrders = maxOrders;
        _orderSlab = new NativeRegion(((long)maxOrders + 1) << TLayout.SlotShift);
        _pageSlab = new NativeArray<PricePage>(maxPricePages + 1);
        _sideTable = new NativeArray<BookSide>(maxInstruments * 2);
        _directory = new PageDirectory(maxPricePages);
        _tree = new PageTree((maxPricePages / 4) + (maxInstruments * 2) + 16);
        _freePage = 0;
        _orders = _orderSlab.Pointer;
        _pages = (byte*)_pageSlab.Pointer;
        _sides = _sideTable.Pointer;
        _freshPage = 1;
        EmptySides();
    }

    public uint MaxOrders { get; }

    /// <summary>The slot's record; in the engine's layout the rest of the order's data stands behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly RestingOrder* At(uint slot) => (RestingOrder*)(_orders + ((nuint)slot << TLayout.SlotShift));

    /// <summary>1 for buy, 0 for sell complemented: price ^ mask is the rank on that side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long MaskOf(uint side) => (long)side - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref readonly BookSide SideOf(uint instrument, uint side) => ref _sides[(instrument * 2) + side];

    /// <summary>
    /// Puts the order of <paramref name="slot"/>, whose open lots are set, at the end of the queue at its price.
    /// </summary>
    /// <returns>False, and nothing changed, when the price needs a page and none is left.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRest(uint instrument, uint side, long price, uint slot)
    {
        uint bookSide = (instrument * 2) + side;
        BookSide* book = _sides + bookSide;
        long rank = price ^ MaskOf(side);
        long key = rank >> PricePage.LevelBits;
        uint place = (uint)rank & (PricePage.Levels - 1);
        uint page = _directory.Find(bookSide, key);
        if (page == 0)
        {
            page = AddPage(bookSide, key);
            if (page == 0)
            {
                return false;
            }
        }

        RestingOrder* order = At(slot);
        PriceLevel* level = LevelAt(page, place);
        uint youngest = level->Youngest;
        order->Side = (byte)side;
        order->Level = (page << PricePage.LevelBits) | place;
        order->Next = 0;
        order->Previous = youngest;
        level->Youngest = slot;
        if (youngest != 0)
        {
            At(youngest)->Next = slot;
            return true;
        }

        level->Oldest = slot;
        PageAt(page)->Occupied |= 1u << (int)place;
        if (rank < book->BestRank)
        {
            book->BestRank = rank;
            book->BestPage = page;
        }

        return true;
    }

    /// <summary>Takes a resting order out of its book. Its open lots stay as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Remove(uint slot)
    {
        RestingOrder* order = At(slot);
        uint levelIndex = order->Level;
        uint page = levelIndex >> PricePage.LevelBits;
        PriceLevel* level = LevelAt(page, levelIndex & (PricePage.Levels - 1));
        uint next = order->Next;
        uint previous = order->Previous;
        order->Level = 0;
        if (previous != 0)
        {
            At(previous)->Next = next;
        }
        else
        {
            level->Oldest = next;
        }

        if (next != 0)
        {
            At(next)->Previous = previous;
        }
        else
        {
            level->Youngest = previous;
        }

        if ((next | previous) == 0)
        {
            EmptyLevel(PageAt(page), page, levelIndex & (PricePage.Levels - 1));
        }
    }

    /// <summary>
    /// Trades against the other side while its best rank is at most <paramref name="limitRank"/>.
    /// </summary>
    /// <returns>Lots left of <paramref name="lots"/>.</returns>
    public long Match<THandler>(ref THandler handler, uint instrument, uint makerSide, long limitRank, long lots)
        where THandler : struct, IMatchHandler, allows ref struct
    {
        BookSide* book = _sides + (instrument * 2) + makerSide;
        long mask = MaskOf(makerSide);
        while (lots > 0)
        {
            long rank = book->BestRank;
            if (rank > limitRank || book->BestPage == 0)
            {
                break;
            }

            uint place = (uint)rank & (PricePage.Levels - 1);
            PriceLevel* level = LevelAt(book->BestPage, place);
            uint slot = level->Oldest;
            RestingOrder* maker = At(slot);
            MakerAction action = handler.Inspect(ref *maker, slot, ref lots);
            if (action != MakerAction.Trade)
            {
                if (action == MakerAction.Stop)
                {
                    break;
                }

                continue;
            }

            long fill = Math.Min(lots, maker->OpenLots);
            Invariant.Require(fill > 0);
            lots -= fill;
            maker->OpenLots -= fill;
            handler.Fill(ref *maker, slot, rank ^ mask, fill, lots);
            if (maker->OpenLots == 0)
            {
                TakeOldest(book, level, slot, place);
                handler.MakerDone(slot);
            }
        }

        return lots;
    }

    /// <summary>First order of the side by price and time; 0 = none.</summary>
    public uint First(uint instrument, uint side)
    {
        ref readonly BookSide book = ref SideOf(instrument, side);
        return book.BestPage == 0 ? 0 : LevelAt(book.BestPage, (uint)book.BestRank & (PricePage.Levels - 1))->Oldest;
    }

    /// <summary>The order behind <paramref name="slot"/> by price and time; 0 = it was the last.</summary>
    public uint After(uint slot)
    {
        uint next = At(slot)->Next;
        if (next != 0)
        {
            return next;
        }

        uint page = At(slot)->Level >> PricePage.LevelBits;
        int place = (int)(At(slot)->Level & (PricePage.Levels - 1));
        uint worse = PageAt(page)->Occupied & ~((2u << place) - 1);
        if (worse == 0)
        {
            PricePage* left = PageAt(page);
            page = _tree.After(in _sides[left->BookSide], left->Key);
            if (page == 0)
            {
                return 0;
            }

            worse = PageAt(page)->Occupied;
        }

        return LevelAt(page, (uint)System.Numerics.BitOperations.TrailingZeroCount(worse))->Oldest;
    }

    /// <summary>
    /// First step of fetching ahead, for an order that will be entered at the price or removed: its record and the
    /// directory's line. No branch on which of the two it is: a wasted hint is cheaper than a mispredicted jump.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchOrder(uint slot, uint bookSide, long price)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(At(slot));
            Sse.Prefetch0(_directory.HomeEntry(bookSide, RankOf(bookSide, price) >> PricePage.LevelBits));
        }
    }

    /// <summary>
    /// Second step, some commands later: the order's neighbours and level as far as it rests, and the level that the
    /// price's home entry points to. All are hints: the order may be dead and the entry another page's.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchLinks(uint slot, uint bookSide, long price)
    {
        if (Sse.IsSupported)
        {
            RestingOrder* order = At(slot);
            Sse.Prefetch0(At(order->Next));
            Sse.Prefetch0(At(order->Previous));
            uint ownPage = order->Level >> PricePage.LevelBits;
            Sse.Prefetch0(LevelAt(ownPage, order->Level & (PricePage.Levels - 1)));
            Sse.Prefetch0(PageAt(ownPage));
            long rank = RankOf(bookSide, price);
            uint page = _directory.HomeEntry(bookSide, rank >> PricePage.LevelBits)->Page;
            Sse.Prefetch0(LevelAt(page, (uint)rank & (PricePage.Levels - 1)));
            Sse.Prefetch0(PageAt(page));
        }
    }

    /// <summary>
    /// Third step, for prices far apart: where a page will come or go, the leaf of the tree that names it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchLeaf(uint slot, uint bookSide, long price)
    {
        if (_leavesToFetch != 0)
        {
            _leavesToFetch--;
            PrefetchLeafOf(slot, bookSide, price);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void PrefetchLeafOf(uint slot, uint bookSide, long price)
    {
        RestingOrder* order = At(slot);
        uint levelIndex = order->Level;
        if (levelIndex != 0)
        {
            PricePage* own = PageAt(levelIndex >> PricePage.LevelBits);
            if ((order->Next | order->Previous) == 0 && (own->Occupied & (own->Occupied - 1)) == 0)
            {
                Sse.Prefetch0(_directory.HomeEntry(own->BookSide, own->Key));
                _tree.PrefetchLeaf(in _sides[own->BookSide], own->Key);
            }

            return;
        }

        long key = RankOf(bookSide, price) >> PricePage.LevelBits;
        if (_directory.Find(bookSide, key) == 0)
        {
            _tree.PrefetchLeaf(in _sides[bookSide], key);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long RankOf(uint bookSide, long price) => price ^ MaskOf(bookSide & 1);

    public void Clear()
    {
        _orderSlab.Clear();
        _pageSlab.Clear();
        _directory.Clear();
        _tree.Clear();
        _freePage = 0;
        _freshPage = 1;
        EmptySides();
    }

    public readonly void Dispose()
    {
        _orderSlab.Dispose();
        _pageSlab.Dispose();
        _sideTable.Dispose();
        _directory.Dispose();
        _tree.Dispose();
    }

    private void EmptySides()
    {
        for (uint i = 0; i < _sideTable.Length; i++)
        {
            _sides[i] = new BookSide { BestRank = long.MaxValue };
        }
    }

    /// <summary>The filled order at the head of the best level leaves; no neighbour before it needs a look.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void TakeOldest(BookSide* book, PriceLevel* level, uint slot, uint place)
    {
        RestingOrder* order = At(slot);
        uint next = order->Next;
        order->Level = 0;
        level->Oldest = next;
        if (next != 0)
        {
            At(next)->Previous = 0;
            return;
        }

        level->Youngest = 0;
        EmptyLevel(PageAt(book->BestPage), book->BestPage, place);
    }

    private void EmptyLevel(PricePage* header, uint page, uint place)
    {
        BookSide* book = _sides + header->BookSide;
        long rank = (header->Key << PricePage.LevelBits) | place;
        header->Occupied &= ~(1u << (int)place);
        if (header->Occupied == 0)
        {
            DropPage(header, page);
        }

        if (rank == book->BestRank)
        {
            FindBest(book, header);
        }
    }

    /// <summary>The best level is empty: the next one in its page, or the first one of the page that is first now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FindBest(BookSide* book, PricePage* header)
    {
        if (header->Occupied == 0)
        {
            book->BestPage = _tree.First(in *book);
            if (book->BestPage == 0)
            {
                book->BestRank = long.MaxValue;
                return;
            }

            header = PageAt(book->BestPage);
        }

        book->BestRank = (header->Key << PricePage.LevelBits)
            | (long)System.Numerics.BitOperations.TrailingZeroCount(header->Occupied);
    }

    /// <summary>Makes the page of a key that has none; 0 = no room.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint AddPage(uint bookSide, long key)
    {
        BookSide* book = _sides + bookSide;
        uint page = _freePage != 0 ? _freePage : _freshPage;
        if (page == _pageSlab.Length || !_tree.HasRoom(book->Depth))
        {
            return 0;
        }

        if (page == _freePage)
        {
            _freePage = PageAt(page)->NextFree;
            PrefetchPage(_freePage);
        }
        else
        {
            _freshPage++;
        }

        _leavesToFetch = LeavesPerNewPage;
        PricePage* header = PageAt(page);
        header->Key = key;
        header->BookSide = bookSide;
        header->Occupied = 0;
        _tree.Insert(ref *book, key, page);
        _directory.Insert(bookSide, key, page);
        return page;
    }

    /// <summary>The next page to be given away: header and both lines of levels.</summary>
    private void PrefetchPage(uint page)
    {
        if (Sse.IsSupported)
        {
            byte* header = (byte*)PageAt(page);
            Sse.Prefetch0(header);
            Sse.Prefetch0(header + 64);
            Sse.Prefetch0(header + 128);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void DropPage(PricePage* header, uint page)
    {
        _tree.Remove(ref _sides[header->BookSide], header->Key);
        _directory.Remove(header->BookSide, header->Key);
        header->NextFree = _freePage;
        _freePage = page;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private PricePage* PageAt(uint page) => (PricePage*)(_pages + ((nuint)page * PricePage.SizeBytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private PriceLevel* LevelAt(uint page, uint place) =>
        (PriceLevel*)(_pages + ((nuint)page * PricePage.SizeBytes) + PricePage.LevelsOffset) + place;
}
