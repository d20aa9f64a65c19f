using System;
using System.Collections.Generic;
using System.IO;
using HftEngine.Schemas;
using HftEngine.Server.Replay;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Workloads;

/// <summary>What a generated workload must give, by the reference book.</summary>
internal readonly record struct WorkloadExpectation(
    TradeDigest Digest, long CancelsDone, long CancelsMissed, long RestingOrders, long RestingLevels);

/// <summary>
/// Makes order flow in the neutral format, together with the result that any price-time engine must reach.
/// The same arguments give the same file everywhere.
/// </summary>
internal sealed class WorkloadGenerator
{
    private const long StartPrice = 32_768;
    private const long MaxDrift = 10_000;
    private const int OneDriftIn = 2000;
    private const int NewestOrders = 256;

    // One cancel in a hundred names an order that is gone.
    private const double DeadCancels = 0.01;
    private const int RememberedDead = 4096;
    private const int MaxPassiveLots = 100;

    private readonly WorkloadMix _mix;
    private readonly SeededRandom _random;
    private readonly Market[] _markets;
    private readonly int _warmRecords;
    private readonly List<ulong> _dead = [];
    private readonly List<uint> _owners = [0];
    private readonly List<int> _marketOf = [-1];
    private TradeDigest _digest;
    private long _cancelsDone;
    private long _cancelsMissed;

    /// <summary>Every price is multiplied by it: 1 is a dense book, millions leave a page of prices to each order.</summary>
    public long Spread { get; init; } = 1;

    /// <summary>Ticks, before they are spread, by which the prices of all markets rise with every 1,000 records.</summary>
    public long Drift { get; init; }

    public WorkloadGenerator(WorkloadMix mix, int symbols, int warmRecords, ulong seed)
    {
        _mix = mix;
        _random = new SeededRandom(seed);
        _warmRecords = warmRecords;
        _markets = new Market[symbols];
        for (int i = 0; i < symbols; i++)
        {
            _markets[i] = new Market();
        }
    }

    /// <summary>Writes warm-up and <paramref name="timedRecords"/> records, header first.</summary>
    public WorkloadExpectation Write(Stream file, int timedRecords)
    {
        Span<byte> bytes = stackalloc byte[WorkloadRecord.Size];
        file.Write(bytes);
        for (int i = 0; i < _warmRecords + timedRecords; i++)
        {
            bool warm = i < _warmRecords;
            WorkloadRecord record = warm ? Warm(i) : Timed();
            record.Flags = warm ? WorkloadRecord.WarmUpFlag : 0;
            record.Price = record.Operation == WorkloadRecord.Cancel
                ? record.Price
                : (record.Price + (Drift * i / 1000)) * Spread;
            Apply(in record);
            record.Write(bytes);
            file.Write(bytes);
        }

        // How many ids there are is known only now; the header was left blank for it.
        WorkloadHeader header = new(
            (ulong)_warmRecords, (ulong)timedRecords, (uint)_markets.Length, (uint)_owners.Count - 1);
        header.Write(bytes);
        file.Position = 0;
        file.Write(bytes);
        return Expectation();
    }

    private WorkloadRecord Warm(int index)
    {
        int market = index % _markets.Length;
        return NewOrder(
            market, WorkloadRecord.Add, PassivePrice(market, out byte side), side, MaxPassiveLots);
    }

    private WorkloadRecord Timed()
    {
        // A square makes the first instruments busier than the last ones.
        double place = _random.Fraction();
        int market = (int)(_markets.Length * place * place);
        if (_mix.Drifts && _random.Below(OneDriftIn) == 0)
        {
            _markets[market].Drift(_random.Below(2) == 0 ? -1 : 1);
        }

        if (_random.Chance(_mix.Aggressive))
        {
            return Aggressive(market);
        }

        // The book is drawn back to its intended size: emptier books get more adds.
        double target = (double)_warmRecords / _markets.Length;
        double missing = (target - _markets[market].Live.Count) / target;
        double passive = Math.Clamp(_mix.Passive * (1 + (0.8 * missing)), 0.02, 1);
        if (_markets[market].Live.Count < 8 || _random.Chance(passive))
        {
            return NewOrder(
                market, WorkloadRecord.Add, PassivePrice(market, out byte side), side, MaxPassiveLots);
        }

        return Cancel(market);
    }

    private WorkloadRecord Aggressive(int market)
    {
        byte side = (byte)_random.Below(2);
        int reach = _random.Below(_mix.Reach + 1);
        long price = _markets[market].Middle + (side == 0 ? reach : -reach);
        byte operation = _random.Chance(_mix.ImmediateOrCancel)
            ? WorkloadRecord.ImmediateOrCancel
            : WorkloadRecord.Add;
        return NewOrder(market, operation, price, side, _mix.MaxAggressiveLots);
    }

    private long PassivePrice(int market, out byte side)
    {
        side = (byte)_random.Below(2);
        int distance = 1 + (_mix.MeanDistance == 0
            ? _random.Below(_mix.MaxDistance)
            : Math.Min(_mix.MaxDistance, GeometricDistance()));
        return _markets[market].Middle + (side == 0 ? -distance : distance);
    }

    private int GeometricDistance()
    {
        // Counting failures, rather than taking a logarithm, gives the same numbers with every maths library.
        int distance = 0;
        double further = _mix.MeanDistance / (_mix.MeanDistance + 1.0);
        while (distance < _mix.MaxDistance && _random.Chance(further))
        {
            distance++;
        }

        return distance;
    }

    private WorkloadRecord NewOrder(int market, byte operation, long price, byte side, int maxLots)
    {
        ulong id = (ulong)_owners.Count;
        uint owner = (uint)_random.Below((int)WorkloadTape.Accounts) + 1;
        _owners.Add(owner);
        _marketOf.Add(market);
        return new WorkloadRecord
        {
            Operation = operation,
            Side = side,
            Symbol = (ushort)market,
            Quantity = (uint)_random.Below(maxLots) + 1,
            Id = id,
            Price = price,
            Owner = owner,
        };
    }

    private WorkloadRecord Cancel(int market)
    {
        List<ulong> live = _markets[market].Live;
        ulong id;
        if (_dead.Count > 0 && _random.Chance(DeadCancels))
        {
            id = _dead[_random.Below(_dead.Count)];
        }
        else
        {
            int window = _random.Chance(_mix.CancelsOfNewest)
                ? Math.Min(NewestOrders, live.Count)
                : live.Count;
            id = live[live.Count - 1 - _random.Below(window)];
        }

        return new WorkloadRecord
        {
            Operation = WorkloadRecord.Cancel,
            Symbol = (ushort)market,
            Id = id,
            Owner = _owners[(int)id],
        };
    }

    private void Apply(in WorkloadRecord record)
    {
        if (record.Operation == WorkloadRecord.Cancel)
        {
            Market home = _markets[_marketOf[(int)record.Id]];
            bool done = home.Book.Cancel(record.Id);
            _cancelsDone += done ? 1 : 0;
            _cancelsMissed += done ? 0 : 1;
            if (done)
            {
                Bury(home, record.Id);
            }

            return;
        }

        Market market = _markets[record.Symbol];
        bool mayRest = record.Operation == WorkloadRecord.Add;
        market.Book.Enter(
            record.Id, (Side)record.Side, record.Price, record.Quantity, mayRest, ref _digest, id =>
                Bury(market, id));
        if (market.Book.Rests(record.Id))
        {
            market.Remember(record.Id);
        }
    }

    private void Bury(Market market, ulong id)
    {
        market.Forget(id);
        if (_dead.Count < RememberedDead)
        {
            _dead.Add(id);
        }
        else
        {
            _dead[_random.Below(RememberedDead)] = id;
        }
    }

    private WorkloadExpectation Expectation()
    {
        long orders = 0;
        long levels = 0;
        foreach (Market market in _markets)
        {
            orders += market.Book.RestingOrders;
            levels += market.Book.RestingLevels;
        }

        return new WorkloadExpectation(_digest, _cancelsDone, _cancelsMissed, orders, levels);
    }

    /// <summary>
    /// One instrument: its book, and its live orders in a list from which one can be drawn.
    /// </summary>
    private sealed class Market
    {
        private readonly Dictionary<ulong, int> _places = [];

        public ReferenceBook Book { get; } = new();

        public List<ulong> Live { get; } = [];

        public long Middle { get; private set; } = StartPrice;

        public void Drift(int ticks) =>
            Middle = Math.Clamp(Middle + ticks, StartPrice - MaxDrift, StartPrice + MaxDrift);

        public void Remember(ulong id)
        {
            _places.Add(id, Live.Count);
            Live.Add(id);
        }

        public void Forget(ulong id)
        {
            // The last one takes the place that becomes free.
            _places.Remove(id, out int place);
            ulong last = Live[^1];
            Live.RemoveAt(Live.Count - 1);
            if (last != id)
            {
                Live[place] = last;
                _places[last] = place;
            }
        }
    }
}
