using System.Collections.Generic;
using HftEngine.Schemas;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Replay;

/// <summary>Turns the operations of a tape into requests to the engine.</summary>
internal abstract class TapeFlow
{
    public TapeCounts Counts { get; } = new();

    public static TapeFlow For(TapeReader reader) => reader.IsVenueTape ? new VenueFlow() : new OrderFlow();

    /// <summary>Appends what the operation asks for. Returns what is wrong with it, or null.</summary>
    public abstract string? Translate(in TapeOperation operation, List<ReplayRequest> requests);
}

/// <summary>Tapes of requests: each record is one command.</summary>
internal sealed class OrderFlow : TapeFlow
{
    public override string? Translate(in TapeOperation operation, List<ReplayRequest> requests)
    {
        requests.Add(new ReplayRequest
        {
            Action = operation.Action switch
            {
                TapeAction.Delete => RequestAction.Cancel,
                TapeAction.ImmediateOrCancel => RequestAction.ImmediateOrCancel,
                _ => RequestAction.New,
            },
            Side = operation.Side,
            WarmUp = operation.WarmUp,
            Symbol = operation.Symbol,
            Account = operation.Owner,
            Id = operation.Id,
            TapeId = operation.Id,
            Quantity = operation.Quantity,
            Price = operation.Price,
            Record = operation.Record,
        });
        return null;
    }
}

/// <summary>
/// Tapes of a venue's book: adds become limit orders, reductions amendments, deletions cancels, and an
/// execution an order from the other side for that quantity at the resting order's price, which must fill
/// that very order.
/// </summary>
/// <remarks>
/// The venue's view of each order is kept here, so that a command never depends on what the engine answered.
/// Adds come from a few accounts in turn, executions from one of their own.
/// </remarks>
internal sealed class VenueFlow : TapeFlow
{
    public const uint Accounts = 4;
    private const uint ExecutionAccount = Accounts;

    // Enough to tell a late reference to a dead order from one to an order that was opened before the
    // recording.
    private const int RememberedDead = 1 << 16;

    private readonly Dictionary<ulong, VenueOrder> _orders = [];
    private readonly HashSet<ulong> _dead = [];
    private readonly Queue<ulong> _deadInOrder = new();

    public override string? Translate(in TapeOperation operation, List<ReplayRequest> requests)
    {
        switch (operation.Action)
        {
            case TapeAction.Add:
                return Add(in operation, operation.Id, requests);
            case TapeAction.Delete:
                Delete(in operation, requests);
                return null;
            case TapeAction.Reduce:
                Reduce(in operation, requests);
                return null;
            case TapeAction.Execute:
                Execute(in operation, requests);
                return null;
            case TapeAction.Replace:
                return Replace(in operation, requests);
            default:
                CountOther(operation.Action);
                return null;
        }
    }

    private string? Add(in TapeOperation operation, ulong id, List<ReplayRequest> requests)
    {
        VenueOrder order = new()
        {
            Side = operation.Side,
            Symbol = operation.Symbol,
            Price = operation.Price,
            Total = operation.Quantity,
            Open = operation.Quantity,
            Entry = _dead.Contains(id) ? operation.Record : 0,
        };
        if (!_orders.TryAdd(id, order))
        {
            return $"order {id} is in the book already";
        }

        requests.Add(Request(RequestAction.New, in operation, id, order));
        return null;
    }

    private void Delete(in TapeOperation operation, List<ReplayRequest> requests)
    {
        if (TryFind(operation.Id, out VenueOrder order))
        {
            Forget(operation.Id);
            requests.Add(Request(RequestAction.Cancel, in operation, operation.Id, order));
        }
    }

    private void Reduce(in TapeOperation operation, List<ReplayRequest> requests)
    {
        if (!TryFind(operation.Id, out VenueOrder order))
        {
            return;
        }

        if (operation.Quantity >= order.Open)
        {
            Counts.ExcessCancels += operation.Quantity > order.Open ? 1 : 0;
            Delete(in operation, requests);
            return;
        }

        order.Open -= operation.Quantity;
        order.Total -= operation.Quantity;
        _orders[operation.Id] = order;
        ReplayRequest amend = Request(RequestAction.Amend, in operation, operation.Id, order);
        amend.ReducedLots = operation.Quantity;
        requests.Add(amend);
    }

    private void Execute(in TapeOperation operation, List<ReplayRequest> requests)
    {
        if (!TryFind(operation.Id, out VenueOrder order))
        {
            return;
        }

        long lots = operation.Quantity;
        if (lots > order.Open)
        {
            Counts.ExcessExecutions++;
            lots = order.Open;
        }

        Counts.Executions++;
        ReplayRequest request = Request(RequestAction.ImmediateOrCancel, in operation, operation.Id, order);
        request.Side = order.Side == Side.Buy ? Side.Sell : Side.Buy;
        request.Account = ExecutionAccount;
        request.Quantity = lots;
        request.TapeId = operation.NewId;
        request.ExpectedMaker = operation.Id;
        request.IsExecution = true;
        requests.Add(request);
        order.Open -= lots;
        if (order.Open == 0)
        {
            Forget(operation.Id);
        }
        else
        {
            _orders[operation.Id] = order;
        }
    }

    private string? Replace(in TapeOperation operation, List<ReplayRequest> requests)
    {
        if (_orders.ContainsKey(operation.NewId))
        {
            return $"order {operation.NewId} is in the book already";
        }

        if (!TryFind(operation.Id, out VenueOrder old))
        {
            return null;
        }

        Delete(in operation, requests);
        TapeOperation entry = operation;
        entry.Side = old.Side;
        entry.Symbol = old.Symbol;
        return Add(in entry, operation.NewId, requests);
    }

    private void CountOther(TapeAction action)
    {
        switch (action)
        {
            case TapeAction.ExecuteHidden:
                Counts.HiddenExecutions++;
                break;
            case TapeAction.Cross:
                Counts.CrossTrades++;
                break;
            case TapeAction.TradingStatus:
                Counts.StatusChanges++;
                break;
            case TapeAction.UnknownReference:
                Counts.UnknownOrders++;
                break;
            case TapeAction.DeadReference:
                Counts.DeadOrders++;
                break;
            default:
                Counts.OtherRecords++;
                break;
        }
    }

    private bool TryFind(ulong id, out VenueOrder order)
    {
        if (_orders.TryGetValue(id, out order))
        {
            return true;
        }

        Counts.DeadOrders += _dead.Contains(id) ? 1 : 0;
        Counts.UnknownOrders += _dead.Contains(id) ? 0 : 1;
        return false;
    }

    private void Forget(ulong id)
    {
        _orders.Remove(id);
        if (!_dead.Add(id))
        {
            return;
        }

        _deadInOrder.Enqueue(id);
        if (_deadInOrder.Count > RememberedDead)
        {
            _dead.Remove(_deadInOrder.Dequeue());
        }
    }

    private static ReplayRequest Request(
        RequestAction action, in TapeOperation operation, ulong id, in VenueOrder order) =>
        new()
    {
        Action = action,
        Side = order.Side,
        Symbol = order.Symbol,
        Account = 1 + (uint)(id % (Accounts - 1)),
        Id = id,
        Entry = order.Entry,
        TapeId = id,
        Quantity = order.Total,
        Price = order.Price,
        Record = operation.Record,
    };

    private struct VenueOrder
    {
        public Side Side;
        public int Symbol;
        public long Price;

        /// <summary>As entered, less what was cancelled: the total that an amendment names.</summary>
        public long Total;
        public long Open;
        public long Entry;
    }
}
