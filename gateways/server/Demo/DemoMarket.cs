using System;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Threading;
using HftEngine.Core.Pipeline;
using HftEngine.Schemas;
using HftEngine.Server.Configuration;
using HftEngine.Server.Hosting;
using HftEngine.Server.Replay;
using HftEngine.Server.Workloads;

namespace HftEngine.Server.Demo;

/// <summary>
/// The simulated market: makers that quote around a wandering price and takers that hit them. It is a client
/// like any other, with a command ring and a session of its own, and knows the market only from the events.
/// </summary>
internal sealed class DemoMarket : IEventConsumer, IDisposable
{
    private const int PauseMs = 20;
    private const int ReadBytes = 1 << 18;
    private const int QuotesPerSide = 5;

    // One step in eight is a taker's, the others renew quotes.
    private const int TakerOneIn = 8;

    // How far the price may leave its start, in quote steps.
    private const int MaxWander = 400;

    private readonly VenueLine _line;
    private readonly CommandRingProducer _ring;
    private readonly EventRingReader _reader;
    private readonly SeededRandom _random;
    private readonly Thread _thread;
    private readonly byte[] _buffer = new byte[ReadBytes];
    private readonly long[] _quotes;
    private readonly long[] _middles;
    private readonly long[] _takerLots;
    private readonly double _ordersPerPause;
    private long _nextId;
    private int _nextQuote;
    private double _due;
    private volatile bool _stopping;
    private long _orders;
    private long _trades;
    private long _rejects;

    public DemoMarket(VenueLine line, ServeSettings settings)
    {
        _line = line;
        _ring = line.Pipeline.AttachGateway(DemoVenue.SimulationGateway);
        _reader = line.Events.OpenReader();
        _random = new SeededRandom(settings.DemoSeed + line.Epoch);
        _ordersPerPause = settings.DemoOrdersPerSecond * PauseMs / 1000.0;
        _middles = new long[DemoVenue.Instruments.Count];
        _takerLots = new long[DemoVenue.Instruments.Count];
        for (int i = 0; i < _middles.Length; i++)
        {
            _middles[i] = DemoVenue.Instruments[i].StartPrice;
        }

        _quotes = new long[DemoVenue.Instruments.Count * QuotesPerSide * 2];
        _thread = new Thread(Run) { Name = "simulated-market", IsBackground = true };
    }

    public long Orders => Volatile.Read(ref _orders);

    public long Trades => Volatile.Read(ref _trades);

    public long Rejects => Volatile.Read(ref _rejects);

    public void Start() => _thread.Start();

    public void Stop()
    {
        _stopping = true;
        if (_thread.IsAlive)
        {
            _thread.Join();
        }
    }

    public void Dispose()
    {
        Stop();
        _ring.Dispose();
        _reader.Dispose();
    }

    public void OnEvent(ushort templateId, ReadOnlySpan<byte> block)
    {
        if (templateId == TradeBlock.TemplateId)
        {
            Volatile.Write(ref _trades, _trades + 1);
            OnTrade(MemoryMarshal.Read<TradeBlock>(block));
        }
        else if (templateId is OrderRejectedBlock.TemplateId or CommandRejectedBlock.TemplateId)
        {
            Volatile.Write(ref _rejects, _rejects + 1);
        }
    }

    private void OnTrade(in TradeBlock trade)
    {
        int index = (int)trade.Envelope.InstrumentId - 1;
        if (trade.TakerAccountId == DemoVenue.TakerAccount)
        {
            _takerLots[index] += trade.TakerSide == Side.Buy ? trade.Quantity : -trade.Quantity;
        }
    }

    private void Run()
    {
        OpenSessionBlock open = new() { DisconnectPolicy = DisconnectPolicy.CancelOrders };
        open.Envelope.SessionId = DemoVenue.SimulationSession;
        _ring.Send(OpenSessionBlock.Header, in open);
        while (!_stopping && _line.Pipeline.Halt is null)
        {
            ReadEvents();
            _due += _ordersPerPause;
            for (; _due >= 1; _due--)
            {
                Step();
            }

            Thread.Sleep(PauseMs);
        }

        CloseSessionBlock close = default;
        close.Envelope.SessionId = DemoVenue.SimulationSession;
        _ring.Send(CloseSessionBlock.Header, in close);
    }

    /// <summary>
    /// Only counts and the takers' position depend on events; what a lapped reader misses changes neither for
    /// long.
    /// </summary>
    private void ReadEvents()
    {
        while (true)
        {
            switch (_reader.Read(_buffer, out int bytes))
            {
                case EventRingRead.Events:
                    EventFrames.Walk(_buffer.AsSpan(0, bytes), this);
                    break;
                case EventRingRead.Lapped:
                    _reader.Rejoin(_reader.RejoinPosition(), _reader.Last);
                    break;
                default:
                    return;
            }
        }
    }

    private void Step()
    {
        Volatile.Write(ref _orders, _orders + 1);
        if (_random.Below(TakerOneIn) == 0)
        {
            Take(_random.Below(_middles.Length));
        }
        else
        {
            RenewQuote();
        }
    }

    /// <summary>
    /// Takes one quote after the other out of the market and puts it where the price is now.
    /// </summary>
    private void RenewQuote()
    {
        int place = _nextQuote;
        _nextQuote = (_nextQuote + 1) % _quotes.Length;
        int index = place / (QuotesPerSide * 2);
        int level = place % QuotesPerSide;
        Side side = place / QuotesPerSide % 2 == 0 ? Side.Buy : Side.Sell;
        DemoInstrument instrument = DemoVenue.Instruments[index];
        uint account = DemoVenue.FirstMakerAccount + (uint)(
            level % (DemoVenue.LastMakerAccount - DemoVenue.FirstMakerAccount + 1));
        ref long quote = ref _quotes[place];
        if (quote != 0)
        {
            Cancel(account, quote);
        }

        if (level == 0)
        {
            Wander(index, instrument);
        }

        long distance = (level + 1L) * instrument.QuoteStep;
        long price = side == Side.Buy ? _middles[index] - distance : _middles[index] + distance;
        quote = Enter(
            account, instrument, side, price, 1 + _random.Below(
                instrument.TypicalLots * (level + 1)), TimeInForce.GoodTillCancel);
    }

    private void Wander(int index, DemoInstrument instrument)
    {
        // A step of at most half a quote's distance, drawn back to the start so that the static band is never
        // reached.
        long most = Math.Max(1, instrument.QuoteStep / 2);
        long step = _random.Below((int)(2 * most) + 1) - most;
        long reach = Math.Min(
            (long)MaxWander * instrument.QuoteStep, (instrument.MaxPrice - instrument.StartPrice) / 2);
        _middles[index] = Math.Clamp(
            _middles[index] + step, instrument.StartPrice - reach, instrument.StartPrice + reach);
    }

    private void Take(int index)
    {
        DemoInstrument instrument = DemoVenue.Instruments[index];

        // A taker that has bought much sells: nobody's assets run out, however long the market runs.
        bool sells = _takerLots[index] > 20L * instrument.TypicalLots
            || (_takerLots[index] > -20L * instrument.TypicalLots && _random.Below(2) == 0);
        long reach = 3L * instrument.QuoteStep;
        long price = sells ? _middles[index] - reach : _middles[index] + reach;
        Enter(
            DemoVenue.TakerAccount,
            instrument,
            sells ? Side.Sell : Side.Buy,
            price,
            1 + _random.Below(instrument.TypicalLots),
            TimeInForce.ImmediateOrCancel);
    }

    private long Enter(
        uint account, DemoInstrument instrument, Side side, long price, long lots, TimeInForce timeInForce)
    {
        NewOrderBlock order = new()
        {
            InstrumentId = instrument.Id,
            Side = side,
            Price = Math.Clamp(price, instrument.MinPrice, instrument.MaxPrice),
            Quantity = lots,
            OrderType = OrderType.Limit,
            TimeInForce = timeInForce,
        };
        long id = ++_nextId;
        Fill(ref order.Envelope, account);
        order.ClientOrderId = Name(id);
        _ring.Send(NewOrderBlock.Header, in order);
        return id;
    }

    private void Cancel(uint account, long id)
    {
        CancelOrderBlock cancel = default;
        Fill(ref cancel.Envelope, account);
        cancel.OrigClientOrderId = Name(id);
        _ring.Send(CancelOrderBlock.Header, in cancel);
    }

    private static void Fill(ref CommandEnvelope envelope, uint account)
    {
        envelope.SessionId = DemoVenue.SimulationSession;
        envelope.AccountId = account;
        envelope.UserId = account;
        envelope.IngressNs = (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) * TimeSpan.NanosecondsPerTick;
    }

    /// <summary>Unique over all starts of the journal: each has an epoch of its own.</summary>
    private ClientOrderId Name(long id)
    {
        ClientOrderId name = default;
        Span<byte> text = name.AsSpan();
        "sim-"u8.CopyTo(text);
        _line.Epoch.TryFormat(text[4..], out int epochLength, default, CultureInfo.InvariantCulture);
        text[4 + epochLength] = (byte)'-';
        id.TryFormat(text[(5 + epochLength)..], out _, default, CultureInfo.InvariantCulture);
        return name;
    }
}
