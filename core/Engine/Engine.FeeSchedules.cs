using HftEngine.Core.Ledger;
using HftEngine.Core.Memory;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Fee schedules, their tiers, and whom they concern.</summary>
public sealed unsafe partial class Engine
{
    /// <summary>No schedule takes more, and none gives more back, than all that is traded.</summary>
    private const int MaxFeeRate = RateOne;

    private readonly NativeArray<FeeSchedule> _feeSchedules;
    private readonly NativeArray<FeeTier> _feeTiers;

    /// <summary>Schedule by instrument (0 = any) and account group (the last column = any); 0 = none.</summary>
    private readonly NativeArray<ushort> _feeAssignments;

    private VolumeTable _volumes;

    private void DefineFeeSchedule(DefineFeeScheduleBlock* request)
    {
        RejectReason reason = CheckNewId(request->ScheduleId, Limits.MaxFeeSchedules);
        if (reason == RejectReason.None && _feeSchedules[request->ScheduleId].Tiers != 0)
        {
            reason = RejectReason.AlreadyDefined;
        }

        if (reason == RejectReason.None && request->BeneficiaryId != 0 && !IsOpenAccount(request->BeneficiaryId))
        {
            reason = RejectReason.UnknownAccount;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(DefineFeeScheduleBlock.TemplateId, reason);
            return;
        }

        _feeSchedules[request->ScheduleId] = new FeeSchedule { BeneficiaryId = request->BeneficiaryId, Tiers = 1 };
        _feeTiers[request->ScheduleId * FeeSchedule.MaxTiers] = default;
        WriteFeeSchedule(request->ScheduleId);
    }

    private void WriteFeeSchedule(uint id)
    {
        var block = (FeeScheduleDefinedBlock*)_writer.Next(
            FeeScheduleDefinedBlock.TemplateId, FeeScheduleDefinedBlock.BlockLength, 0, 0);
        FillFeeSchedule(block, id);
    }

    private void FillFeeSchedule(FeeScheduleDefinedBlock* block, uint id)
    {
        block->ScheduleId = (ushort)id;
        block->BeneficiaryId = _feeSchedules[id].BeneficiaryId;
    }

    private void SetFeeTier(SetFeeTierBlock* request)
    {
        RejectReason reason = CheckTier(request);
        if (reason != RejectReason.None)
        {
            RejectCommand(SetFeeTierBlock.TemplateId, reason);
            return;
        }

        uint id = request->ScheduleId;
        _feeTiers[(id * FeeSchedule.MaxTiers) + request->Tier] = new FeeTier
        {
            FromVolume = request->FromVolume,
            PerLot = request->PerLot,
            Flat = request->Flat,
            Minimum = request->Minimum,
            TakerRate = request->TakerRate,
            MakerRate = request->MakerRate,
        };
        _feeSchedules[id].Tiers = System.Math.Max(_feeSchedules[id].Tiers, request->Tier + 1u);
        var block = (FeeTierSetBlock*)_writer.Next(FeeTierSetBlock.TemplateId, FeeTierSetBlock.BlockLength, 0, 0);
        FillTier(block, id, request->Tier);
    }

    private RejectReason CheckTier(SetFeeTierBlock* request)
    {
        uint id = request->ScheduleId;
        if (id == 0 || id >= Limits.MaxFeeSchedules || _feeSchedules[id].Tiers == 0)
        {
            return RejectReason.UnknownFeeSchedule;
        }

        uint tiers = _feeSchedules[id].Tiers;
        uint tier = request->Tier;
        FeeTier* first = _feeTiers.Pointer + (id * FeeSchedule.MaxTiers);
        bool rises = tier == 0 ? request->FromVolume == 0 : tier <= tiers && request->FromVolume > first[tier - 1].FromVolume;
        bool rebates = request->TakerRate < 0 || request->MakerRate < 0;
        bool sound = tier < FeeSchedule.MaxTiers
            && rises
            && (tier + 1 >= tiers || request->FromVolume < first[tier + 1].FromVolume)
            && request->PerLot >= 0
            && request->Flat >= 0
            && request->Minimum >= 0
            && IsRate(request->TakerRate)
            && IsRate(request->MakerRate)
            && !(rebates && _feeSchedules[id].BeneficiaryId != 0);
        return sound ? RejectReason.None : RejectReason.InvalidRate;
    }

    private static bool IsRate(int rate) => rate >= -MaxFeeRate && rate <= MaxFeeRate;

    private void FillTier(FeeTierSetBlock* block, uint id, uint tier)
    {
        ref FeeTier row = ref _feeTiers[(id * FeeSchedule.MaxTiers) + tier];
        block->ScheduleId = (ushort)id;
        block->Tier = (byte)tier;
        block->FromVolume = row.FromVolume;
        block->PerLot = row.PerLot;
        block->Flat = row.Flat;
        block->Minimum = row.Minimum;
        block->TakerRate = row.TakerRate;
        block->MakerRate = row.MakerRate;
    }

    private void AssignFeeSchedule(AssignFeeScheduleBlock* request)
    {
        RejectReason reason = CheckAssignment(request);
        if (reason != RejectReason.None)
        {
            RejectCommand(AssignFeeScheduleBlock.TemplateId, reason);
            return;
        }

        uint column = request->AnyGroup == 1 ? Limits.MaxAccountGroups : request->GroupId;
        Assignment(request->InstrumentId, column) = request->ScheduleId;
        for (uint id = 1; id < Limits.MaxInstruments; id++)
        {
            bool concerned = request->InstrumentId == 0 || request->InstrumentId == id;
            if (concerned && _instruments[id].IsDefined)
            {
                _instruments[id].HasFees = HasAssignment(id) || HasAssignment(0) ? (byte)1 : (byte)0;
            }
        }

        var block = (FeeScheduleAssignedBlock*)_writer.Next(
            FeeScheduleAssignedBlock.TemplateId, FeeScheduleAssignedBlock.BlockLength, request->InstrumentId, 0);
        FillAssignment(block, request->InstrumentId, column);
    }

    private RejectReason CheckAssignment(AssignFeeScheduleBlock* request)
    {
        if (request->InstrumentId != 0 && DefinedOrZero(request->InstrumentId) == 0)
        {
            return RejectReason.UnknownInstrument;
        }

        if (request->AnyGroup > 1)
        {
            return RejectReason.MalformedCommand;
        }

        if (request->AnyGroup == 0 && request->GroupId >= Limits.MaxAccountGroups)
        {
            return RejectReason.UnknownAccountGroup;
        }

        uint id = request->ScheduleId;
        return id != 0 && (id >= Limits.MaxFeeSchedules || _feeSchedules[id].Tiers == 0)
            ? RejectReason.UnknownFeeSchedule
            : RejectReason.None;
    }

    private void FillAssignment(FeeScheduleAssignedBlock* block, uint instrumentId, uint column)
    {
        bool any = column == Limits.MaxAccountGroups;
        block->ScheduleId = Assignment(instrumentId, column);
        block->GroupId = any ? (ushort)0 : (ushort)column;
        block->AnyGroup = any ? (byte)1 : (byte)0;
    }

    private ref ushort Assignment(uint instrumentId, uint column) =>
        ref _feeAssignments[(instrumentId * (Limits.MaxAccountGroups + 1)) + column];

    private bool HasAssignment(uint instrumentId)
    {
        for (uint column = 0; column <= Limits.MaxAccountGroups; column++)
        {
            if (Assignment(instrumentId, column) != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The closest assignment: instrument before group before the venue's default; 0 = no fees.</summary>
    private uint ScheduleFor(uint instrumentId, uint groupId)
    {
        uint any = Limits.MaxAccountGroups;
        uint schedule = Assignment(instrumentId, groupId);
        schedule = schedule != 0 ? schedule : Assignment(instrumentId, any);
        schedule = schedule != 0 ? schedule : Assignment(0, groupId);
        return schedule != 0 ? schedule : Assignment(0, any);
    }
}
