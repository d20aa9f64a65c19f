using HftEngine.Core.Ledger;
using HftEngine.Core.Matching;
using HftEngine.Core.Orders;
using HftEngine.Core.State;

namespace HftEngine.Core;

public sealed unsafe partial class Engine
{
    private void SaveFeeSchedules(ref StateWriter state)
    {
        state.Begin(StateSection.FeeSchedules);
        bool any = false;
        for (uint id = 1; id < Limits.MaxFeeSchedules; id++)
        {
            if (_feeSchedules[id].Tiers != 0)
            {
                any = true;
                state.Word((ulong)id);
                state.Row(in _feeSchedules[id]);
                for (uint tier = 0; tier < _feeSchedules[id].Tiers; tier++)
                {
                    state.Row(in _feeTiers[(id * FeeSchedule.MaxTiers) + tier]);
                }
            }
        }

        state.EndList();
        for (uint place = 0; place < _feeAssignments.Length && any; place++)
        {
            if (_feeAssignments[place] != 0)
            {
                state.Word(place + 1, _feeAssignments[place]);
            }
        }

        state.EndList();
        state.End();
    }

    private void LoadFeeSchedules(ref StateReader state)
    {
        if (state.Begin(StateSection.FeeSchedules) == 0)
        {
            return;
        }

        uint id = 0;
        while ((id = state.NextId(id, Limits.MaxFeeSchedules)) != 0)
        {
            state.Row(out _feeSchedules[id]);
            uint tiers = _feeSchedules[id].Tiers;
            uint beneficiary = _feeSchedules[id].BeneficiaryId;
            state.Require(tiers >= 1 && tiers <= FeeSchedule.MaxTiers, "a fee schedule has no tiers");
            state.Require(beneficiary == 0 || IsOpenAccount(beneficiary), "a fee schedule's account is not open");
            for (uint tier = 0; tier < tiers; tier++)
            {
                state.Row(out _feeTiers[(id * FeeSchedule.MaxTiers) + tier]);
            }
        }

        (uint place, uint scheduleId) = state.Pair();
        while (place != 0)
        {
            bool known = place <= _feeAssignments.Length
                && scheduleId < Limits.MaxFeeSchedules
                && _feeSchedules[scheduleId].Tiers != 0;
            state.Require(known, "a fee schedule is assigned that is not there");
            _feeAssignments[place - 1] = (ushort)scheduleId;
            (place, scheduleId) = state.Pair();
        }

        state.End();
    }

    private void LoadVolumes(ref StateReader state)
    {
        if (state.Begin(StateSection.Volumes) == 0)
        {
            return;
        }

        for (uint row = _volumes.Load(ref state); row != 0; row = _volumes.Load(ref state))
        {
            uint accountId = _volumes.AccountOf(row);
            state.Require(IsOpenAccount(accountId), "a volume's account is not open");
            state.Require(_accounts[accountId].VolumeRow == 0, "an account has two volumes");
            _accounts[accountId].VolumeRow = row;
        }

        state.End();
    }

    /// <summary>By order slot; orders that do not rest have no row.</summary>
    private void SaveOrderFees(ref StateWriter state)
    {
        state.Begin(StateSection.OrderFees);
        for (uint slot = 1; slot < _fees.Length; slot++)
        {
            if (_fees[slot].ScheduleId != 0)
            {
                state.Word((ulong)slot);
                state.Row(in _fees[slot]);
            }
        }

        state.EndList();
        state.End();
    }

    private void LoadOrderFees(ref StateReader state)
    {
        if (state.Begin(StateSection.OrderFees) == 0)
        {
            return;
        }

        uint slot = 0;
        while ((slot = state.NextId(slot, _fees.Length)) != 0)
        {
            state.Row(out _fees[slot]);
            ref FeeRow row = ref _fees[slot];
            bool known = row.ScheduleId != 0
                && row.ScheduleId < Limits.MaxFeeSchedules
                && row.Held >= 0
                && _books.At(slot)->Level != 0
                && (Record(slot)->Resting.Marks & OrderMarks.PaysFees) != 0;
            state.Require(known, "an order's fees belong to no order");
        }

        state.End();
    }
}
